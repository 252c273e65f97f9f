package wire

import (
	"encoding/binary"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

func connError(code http2.ErrCode) error { return http2.ConnectionError(code) }

func streamError(id uint32, code http2.ErrCode) error {
	return http2.StreamError{StreamID: id, Code: code}
}

// take does what a frame asks for (RFC 9113, section 6). What is wrong with the
// form of one the library has found already.
func (s *session) take(f http2.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch f := f.(type) {
	case *http2.MetaHeadersFrame:
		return s.takeHeaders(f)
	case *http2.DataFrame:
		return s.takeData(f)
	case *http2.SettingsFrame:
		return s.takeSettings(f)
	case *http2.WindowUpdateFrame:
		return s.takeWindow(f)
	case *http2.RSTStreamFrame:
		return s.takeReset(f)
	case *http2.PriorityFrame:
		if f.StreamDep == f.StreamID {
			return streamError(f.StreamID, http2.ErrCodeProtocol)
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			s.out = appendPing(s.out, f.Data)
		}
	case *http2.PushPromiseFrame:
		return connError(http2.ErrCodeProtocol)
	}
	return nil
}

// takeHeaders begins a request, or ends the body of one with trailers.
func (s *session) takeHeaders(f *http2.MetaHeadersFrame) error {
	id := f.StreamID
	switch st := s.streams[id]; {
	case id%2 == 0:
		return connError(http2.ErrCodeProtocol)
	case st != nil && !st.over():
		return st.takeTrailers(f)
	case id <= s.last:
		return connError(http2.ErrCodeStreamClosed)
	}
	s.last = id
	switch {
	case f.HasPriority() && f.Priority.StreamDep == id:
		return streamError(id, http2.ErrCodeProtocol)
	case !validRequest(f.Fields) && !f.Truncated:
		return streamError(id, http2.ErrCodeProtocol)
	case s.draining, s.open >= s.settings().MaxStreams, len(s.streams) >= 2*s.settings().MaxStreams:
		return streamError(id, http2.ErrCodeRefusedStream) // The client may ask again.
	}
	s.start(id, f.Fields, f.StreamEnded(), f.Truncated)
	return nil
}

// validRequest reports whether the fields of a request are those that HTTP/2
// allows (RFC 9113, sections 8.2.2 and 8.3.1); names and values are valid.
func validRequest(fields []hpack.HeaderField) bool {
	var method, scheme, path string
	for _, f := range fields {
		switch f.Name {
		case ":method":
			method = f.Value
		case ":scheme":
			scheme = f.Value
		case ":path":
			path = f.Value
		case ":status", ":protocol":
			return false
		case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
			return false
		case "te":
			if !strings.EqualFold(f.Value, "trailers") {
				return false
			}
		}
	}
	if method == "CONNECT" {
		return scheme == "" && path == ""
	}
	return method != "" && scheme != "" && path != ""
}

func (s *session) takeData(f *http2.DataFrame) error {
	size := int64(f.Length)
	if s.received += size; s.received > connWindow {
		return connError(http2.ErrCodeFlowControl)
	}
	if s.received > connWindow/2 {
		s.out = appendWindowUpdate(s.out, 0, uint32(s.received))
		s.received = 0
	}
	st := s.streams[f.StreamID]
	switch {
	case st == nil && f.StreamID > s.last:
		return connError(http2.ErrCodeProtocol)
	case st == nil || st.over() || st.body.ended:
		return streamError(f.StreamID, http2.ErrCodeStreamClosed)
	}
	return st.takeData(f.Data(), size, f.StreamEnded())
}

func (s *session) takeSettings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	if err := f.ForeachSetting(s.apply); err != nil {
		return err
	}
	s.out = appendFrame(s.out, 0, http2.FrameSettings, http2.FlagSettingsAck, 0)
	return nil
}

// applyPayload obeys the settings an upgrade came with.
func (s *session) applyPayload(p []byte) error {
	for ; len(p) >= 6; p = p[6:] {
		err := s.apply(http2.Setting{ID: http2.SettingID(binary.BigEndian.Uint16(p)), Val: binary.BigEndian.Uint32(p[2:])})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *session) apply(v http2.Setting) error {
	if err := v.Valid(); err != nil {
		return err
	}
	switch v.ID {
	case http2.SettingHeaderTableSize:
		s.encoder.SetMaxDynamicTableSizeLimit(v.Val)
		s.encoder.SetMaxDynamicTableSize(min(v.Val, tableSize))
	case http2.SettingMaxFrameSize:
		s.peer.frame = int(min(v.Val, 64<<10))
	case http2.SettingInitialWindowSize:
		change := int64(v.Val) - s.peer.window
		s.peer.window = int64(v.Val)
		for _, st := range s.streams {
			if st.window += change; st.window > connWindow {
				return connError(http2.ErrCodeFlowControl)
			}
		}
		s.wake()
	}
	return nil
}

func (s *session) takeWindow(f *http2.WindowUpdateFrame) error {
	if f.StreamID == 0 {
		if s.window += int64(f.Increment); s.window > connWindow {
			return connError(http2.ErrCodeFlowControl)
		}
		s.wake()
		return nil
	}
	st := s.streams[f.StreamID]
	switch {
	case st == nil && f.StreamID > s.last:
		return connError(http2.ErrCodeProtocol)
	case st == nil || st.reset:
		return nil
	}
	if st.window += int64(f.Increment); st.window > connWindow {
		return streamError(f.StreamID, http2.ErrCodeFlowControl)
	}
	st.changed.Broadcast()
	return nil
}

func (s *session) takeReset(f *http2.RSTStreamFrame) error {
	st := s.streams[f.StreamID]
	if st == nil && f.StreamID > s.last {
		return connError(http2.ErrCodeProtocol)
	}
	if st != nil {
		s.close(st)
	}
	if s.resets++; s.tooManyResets() {
		return connError(http2.ErrCodeEnhanceYourCalm)
	}
	return nil
}

// tooManyResets reports whether the client makes us work for nothing: it resets
// more streams than it lets us answer.
func (s *session) tooManyResets() bool { return s.resets > freeResets && s.resets > s.finished }

// reset tells the client that a stream is over.
func (s *session) reset(id uint32, code http2.ErrCode) {
	if st := s.streams[id]; st != nil {
		s.close(st)
	}
	s.out = binary.BigEndian.AppendUint32(appendFrame(s.out, 4, http2.FrameRSTStream, 0, id), uint32(code))
}

// close ends a stream whose handler still runs: nothing of it is read or sent any
// more.
func (s *session) close(st *stream) {
	if !st.over() {
		st.reset = true
		s.open--
		st.changed.Broadcast()
	}
}

// answered notes that all of the response is gathered: if the request is whole too,
// the stream is closed for the client (RFC 9113, section 5.1), who may open another
// in its place, whatever its handler still does.
func (s *session) answered(st *stream) {
	if st.body.ended && !st.over() {
		st.closed = true
		s.open--
		s.finished++
	}
}

// over reports whether nothing of the stream is taken or sent any more.
func (st *stream) over() bool { return st.reset || st.closed }

func appendFrame(b []byte, size int, kind http2.FrameType, flags http2.Flags, id uint32) []byte {
	b = append(b, byte(size>>16), byte(size>>8), byte(size), byte(kind), byte(flags))
	return binary.BigEndian.AppendUint32(b, id)
}

func appendSettings(b []byte, settings ...http2.Setting) []byte {
	b = appendFrame(b, 6*len(settings), http2.FrameSettings, 0, 0)
	for _, v := range settings {
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(b, uint16(v.ID)), v.Val)
	}
	return b
}

func appendPing(b []byte, data [8]byte) []byte {
	return append(appendFrame(b, 8, http2.FramePing, http2.FlagPingAck, 0), data[:]...)
}

func appendWindowUpdate(b []byte, id, more uint32) []byte {
	return binary.BigEndian.AppendUint32(appendFrame(b, 4, http2.FrameWindowUpdate, 0, id), more)
}

func appendGoAway(b []byte, last uint32, code http2.ErrCode) []byte {
	b = appendFrame(b, 8, http2.FrameGoAway, 0, 0)
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, last), uint32(code))
}
