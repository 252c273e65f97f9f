package upstream

import "strings"

// A Status is the state of a worker, as bits.
type Status uint32

// The bits, named after Apache's.
const (
	Initialized Status = 1 << iota
	IgnoreErrors
	Draining
	Generic
	Shutdown
	Disabled
	Stopped
	InError
	HotStandby
	HotSpare
	Free
	CheckFailed
	// notUsable are those a worker must not have to be asked.
	notUsable = Shutdown | Disabled | Stopped | InError | CheckFailed
)

// flags are the letters of status= and the words in which it is shown.
var flags = []struct {
	bit    Status
	letter byte
	name   string
}{
	{Initialized, 'O', "Init "}, {IgnoreErrors, 'I', "Ign "}, {Draining, 'N', "Drn "},
	{Generic, 'G', "Gen "}, {Shutdown, 'U', "Shut "}, {Disabled, 'D', "Dis "},
	{Stopped, 'S', "Stop "}, {InError, 'E', "Err "}, {HotStandby, 'H', "Stby "},
	{HotSpare, 'R', "Spar "}, {Free, 'F', "Free "}, {CheckFailed, 'C', "HcFl "},
}

// ParseStatus changes s as letters say: "+D-S"; ok is false for an unknown one.
func ParseStatus(s Status, letters string) (Status, bool) {
	add := true
	for i := 0; i < len(letters); i++ {
		if letters[i] == '+' || letters[i] == '-' {
			if add = letters[i] == '+'; i+1 == len(letters) {
				return s, false
			}
			i++
		}
		bit, ok := flagOf(letters[i])
		if !ok {
			return s, false
		}
		if add {
			s |= bit
		} else {
			s &^= bit
		}
	}
	return s, true
}

func flagOf(letter byte) (Status, bool) {
	for _, f := range flags {
		if f.letter == letter&^0x20 {
			return f.bit, true
		}
	}
	return 0, false
}

// String shows s as Apache does: "Init Ok ".
func (s Status) String() string {
	var b strings.Builder
	for _, f := range flags {
		if s&f.bit != 0 {
			b.WriteString(f.name)
		}
	}
	if b.Len() == 0 {
		b.WriteString("??? ")
	}
	if s.Usable() {
		b.WriteString("Ok ")
	}
	return b.String()
}

// Usable reports whether a worker may be asked.
func (s Status) Usable() bool { return s&notUsable == 0 && s&Initialized != 0 }
