//go:build unix

package daemon

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
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
}

func (r *resources) manifest() manifest {
	m := manifest{map[string]int{}, map[string]int{}, map[string]int{}}
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

// pack puts a manifest and a configuration into a file without a name. Either
// may be of any size.
func pack(m manifest, config []byte) (*os.File, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return anonymous(binary.BigEndian.AppendUint64(nil, uint64(len(text))), text, config)
}

func unpack(f *os.File) (m manifest, config []byte, err error) {
	info, err := f.Stat()
	if err != nil {
		return m, nil, err
	}
	data, err := io.ReadAll(io.NewSectionReader(f, 0, info.Size()))
	if err != nil {
		return m, nil, err
	}
	if len(data) < 8 || uint64(len(data)-8) < binary.BigEndian.Uint64(data) {
		return m, nil, errors.New("the manifest is short")
	}
	text := data[8 : 8+binary.BigEndian.Uint64(data)]
	return m, data[8+len(text):], json.Unmarshal(text, &m)
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
