package status

import (
	"strconv"
	"time"

	"understudy/compat"
)

// details tell of each place that was ever used.
func (p *page) details() {
	if p.noTable {
		p.write("<hr /><h2>Server Details</h2>\n\n")
	} else {
		p.write("\n\n<table border=\"0\"><tr><th>Srv</th><th>PID</th><th>Acc</th><th>M</th><th>CPU\n</th>" +
			"<th>SS</th><th>Req</th><th>Dur</th><th>Conn</th><th>Child</th><th>Slot</th>" +
			"<th>Client</th><th>Protocol</th><th>VHost</th><th>Request</th></tr>\n\n")
	}
	for i := range p.records {
		r := &p.records[i]
		switch {
		case r.count == 0 && !r.busy:
		case p.noTable:
			p.paragraph(r)
		default:
			p.row(r)
		}
	}
	if !p.noTable {
		p.write(legend)
	}
}

// figures are what both forms say of a place.
func (p *page) figures(r *record) (accesses, seconds, request, duration string) {
	count := strconv.FormatUint(r.count, 10)
	last := r.start
	if !r.busy && r.end.After(last) {
		last = r.end
	}
	took := max(r.end.Sub(r.start), 0)
	return strconv.Itoa(r.onConnection) + "%" + count + "%" + count,
		strconv.FormatInt(int64(p.now.Sub(last)/time.Second), 10),
		strconv.FormatInt(took.Milliseconds(), 10),
		strconv.FormatInt(r.duration.Milliseconds(), 10)
}

// separated puts c between the parts of accesses.
func separated(accesses string, c byte) string {
	b := []byte(accesses)
	for i := range b {
		if b[i] == '%' {
			b[i] = c
		}
	}
	return string(b)
}

func (r *record) hostText() string {
	name := string(r.host[:r.hostN]) + ":" + strconv.Itoa(r.port)
	return compat.EscapeHTML(name[:min(len(name), hostSize)])
}

func (r *record) lineText() string {
	return compat.EscapeHTML(string(compat.AppendLogItem(nil, string(r.line[:r.lineN]))))
}

func (p *page) server(r *record) string { return "0-" + strconv.Itoa(r.generation-1) }

func (p *page) row(r *record) {
	accesses, seconds, request, duration := p.figures(r)
	mode := "_"
	if r.busy {
		mode = "<b>W</b>"
	}
	megabytes := fixed(ratio(float64(r.bytes), mega), 2)
	p.write("<tr><td><b>", p.server(r), "</b></td>", cell(strconv.Itoa(p.pid)), "<td>", separated(accesses, '/'),
		"</td><td>", mode, "\n</td>", cell(fixed(p.cpu.sum(), 2)), cell(seconds), cell(request), "<td>", duration,
		"</td>", cell("0.0"), cell(megabytes), "<td>", megabytes, "\n</td>",
		cell(r.client.Unmap().String()), cell(r.protocol), "<td nowrap>", r.hostText(), "</td><td nowrap>", r.lineText(),
		"</td></tr>\n\n")
}

func (p *page) paragraph(r *record) {
	accesses, seconds, request, duration := p.figures(r)
	mode := "Ready"
	if r.busy {
		mode = "<b>Write</b>"
	}
	size := byteSize(r.bytes)
	p.write("<b>Server ", p.server(r), "</b> (", strconv.Itoa(p.pid), "): ", separated(accesses, '|'), " [", mode,
		"] u", general(p.cpu.user, 6), " s", general(p.cpu.system, 6), " cu", general(p.cpu.childrenUser, 6),
		" cs", general(p.cpu.childrenSystem, 6), "\n ", seconds, " ", request, " ", duration, "(0 B|", size, "|", size,
		")\n <i>", r.client.Unmap().String(), " {", r.lineText(), "}</i> <i>(", r.protocol, ")</i> <b>[", r.hostText(),
		"]</b><br />\n\n")
}

const legend = `</table>
 <hr /> <table>
 <tr><th>Srv</th><td>Child Server number - generation</td></tr>
 <tr><th>PID</th><td>OS process ID</td></tr>
 <tr><th>Acc</th><td>Number of accesses this connection / this child / this slot</td></tr>
 <tr><th>M</th><td>Mode of operation</td></tr>
<tr><th>CPU</th><td>CPU usage, number of seconds</td></tr>
<tr><th>SS</th><td>Seconds since beginning of most recent request</td></tr>
 <tr><th>Req</th><td>Milliseconds required to process most recent request</td></tr>
 <tr><th>Dur</th><td>Sum of milliseconds required to process all requests</td></tr>
 <tr><th>Conn</th><td>Kilobytes transferred this connection</td></tr>
 <tr><th>Child</th><td>Megabytes transferred this child</td></tr>
 <tr><th>Slot</th><td>Total megabytes transferred this slot</td></tr>
 </table>
`
