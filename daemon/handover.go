//go:build unix

package daemon

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"time"
)

// A handover is a generation on its way into force.
type handover struct {
	id     int // once sent
	plan   *Plan
	have   *resources
	pools  map[string][]*pool // of groups that are new, by their key
	server *serverProcess     // that is to put it into force; nil: the present one
	since  time.Time          // when reading it began
}

// A manifest says which of the descriptors a server has are what in a
// generation: handles by key.
type manifest struct {
	Listeners, Logs, Files map[string]int
	Config                 int // length of Plan.Config; Plan.Whole follows
}

func (r *resources) manifest() manifest {
	m := manifest{Listeners: map[string]int{}, Logs: map[string]int{}, Files: map[string]int{}}
	for key, d := range r.listeners {
		m.Listeners[key] = d.handle
	}
	for key, l := range r.logs {
		m.Logs[key] = l.handle
	}
	for key, d := range r.files {
		m.Files[key] = d.handle
	}
	return m
}

// all are the descriptors of r by their handles.
func (r *resources) all() map[int]*os.File {
	files := map[int]*os.File{}
	for _, d := range r.listeners {
		files[d.handle] = d.file
	}
	for _, l := range r.logs {
		files[l.handle] = l.file
	}
	for _, d := range r.files {
		files[d.handle] = d.file
	}
	return files
}

// pack puts a manifest and a configuration into a file without a name. Each may be
// of any size; whole may be nil.
func pack(m manifest, config, whole []byte) (*os.File, error) {
	m.Config = len(config)
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return anonymous(binary.BigEndian.AppendUint64(nil, uint64(len(text))), text, config, whole)
}

func unpack(f *os.File) (m manifest, config, whole []byte, err error) {
	info, err := f.Stat()
	if err != nil {
		return m, nil, nil, err
	}
	data := make([]byte, info.Size())
	if _, err := f.ReadAt(data, 0); err != nil {
		return m, nil, nil, err
	}
	if len(data) < 8 || uint64(len(data)-8) < binary.BigEndian.Uint64(data) {
		return m, nil, nil, errors.New("the manifest is short")
	}
	text := data[8 : 8+binary.BigEndian.Uint64(data)]
	rest := data[8+len(text):]
	if err := json.Unmarshal(text, &m); err != nil {
		return m, nil, nil, err
	}
	if m.Config < 0 || m.Config > len(rest) {
		return m, nil, nil, errors.New("the configuration is short")
	}
	return m, rest[:m.Config], rest[m.Config:], nil
}

// filled writes data to f, which it closes if that fails.
func filled(f *os.File, data [][]byte) (*os.File, error) {
	for _, d := range data {
		if _, err := f.Write(d); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}
