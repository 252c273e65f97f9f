package status

import (
	"strconv"

	"understudy/compat"
)

// html writes the status for people.
func (p *page) html() {
	core := &p.r.Host.Build.Core
	p.write(`<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">`, "\n",
		"<html><head>\n<title>Apache Status</title>\n</head><body>\n<h1>Apache Server Status for ",
		compat.EscapeHTML(compat.ServerName(p.r)), " (via ", p.r.Conn.Local.Addr().Unmap().String(), ")</h1>\n\n",
		"<dl><dt>Server Version: ", core.Description, "</dt>\n<dt>Server MPM: ", p.g.mpm,
		"</dt>\n<dt>Server Built: ", compat.BuildTime(), "\n</dt></dl><hr /><dl>\n")
	p.term("Current Time: ", date(p.now))
	p.term("Restart Time: ", date(p.g.since))
	p.term("Parent Server Config. Generation: ", strconv.Itoa(p.g.number))
	p.term("Parent Server MPM Generation: ", strconv.Itoa(p.g.number-1))
	p.term("Server uptime: ", uptime(p.uptime))
	p.term("Server load: ", fixed(p.load[0], 2)+" "+fixed(p.load[1], 2)+" "+fixed(p.load[2], 2))
	if p.g.extended {
		p.totals()
	}
	p.term(strconv.Itoa(p.busy)+" requests currently being processed, 0 workers gracefully restarting, ",
		strconv.Itoa(p.idle)+" idle workers")
	p.write("</dl>")
	if p.async() {
		p.processes()
	}
	p.boardKey()
	if p.g.extended {
		p.details()
	} else {
		p.write("<hr />To obtain a full report with current status information you need to use the " +
			"<code>ExtendedStatus On</code> directive.\n")
	}
	p.write(compat.Signature(p.r, "<hr />\n"), "</body></html>\n")
}

func (p *page) term(name, value string) { p.write("<dt>", name, value, "</dt>\n") }

func (p *page) totals() {
	p.term("Total accesses: ", strconv.FormatUint(p.count, 10)+" - Total Traffic: "+kilobyteSize(p.kilobytes)+
		" - Total Duration: "+strconv.FormatInt(p.duration.Milliseconds(), 10))
	cpu := "u" + general(p.cpu.user, 6) + " s" + general(p.cpu.system, 6) + " cu" + general(p.cpu.childrenUser, 6) +
		" cs" + general(p.cpu.childrenSystem, 6)
	if sum := p.cpu.sum(); sum > 0 {
		cpu += " - " + general(sum/float64(p.uptime)*100, 3) + "% CPU load"
	}
	p.term("CPU Usage: ", cpu)
	rates := ""
	if p.uptime > 0 {
		rates = general(p.perSecond(), 3) + " requests/sec - " +
			byteSize(int64(ratio(kilo*float64(p.kilobytes), float64(p.uptime)))) + "/second"
	}
	if p.count > 0 {
		if p.uptime > 0 {
			rates += " - "
		}
		rates += byteSize(int64(p.bytesPerRequest())) + "/request - " + general(p.millisecondsPerRequest(), 6) + " ms/request"
	}
	p.term(rates, "")
}

// processes is the table of processes, of which there is one.
func (p *page) processes() {
	p.write("\n\n<table rules=\"all\" cellpadding=\"1%\">\n" +
		"<tr><th rowspan=\"2\">Slot</th><th rowspan=\"2\">PID</th><th rowspan=\"2\">Stopping</th>" +
		"<th colspan=\"2\">Connections</th>\n<th colspan=\"3\">Threads</th><th colspan=\"4\">Async connections</th></tr>\n" +
		"<tr><th>total</th><th>accepting</th><th>busy</th><th>graceful</th><th>idle</th><th>wait-io</th>" +
		"<th>writing</th><th>keep-alive</th><th>closing</th></tr>\n")
	threads := cell(strconv.Itoa(p.busy)) + cell("0") + cell(strconv.Itoa(p.idle)) +
		cell("0") + cell("0") + cell(strconv.Itoa(p.keepAlive())) + cell("0") + "</tr>\n"
	connections := cell(strconv.Itoa(p.connections))
	p.write("<tr>", cell("0"), cell(strconv.Itoa(p.pid)), cell("no"), connections, cell("yes"), threads,
		"<tr>", cell("Sum"), cell("1"), cell("0"), connections, cell("&nbsp;"), threads, "</table>\n")
}

func cell(text string) string { return "<td>" + text + "</td>" }

// lineLength is that of a line of the board.
const lineLength = 64

func (p *page) boardKey() {
	p.write("<pre>")
	board := p.board()
	for i, c := range board {
		p.text = append(p.text, c)
		if i%lineLength == lineLength-1 {
			p.write("\n")
		}
	}
	p.write("</pre>\n<p>Scoreboard Key:<br />\n")
	for _, k := range [...][3]string{
		{"_", "Waiting for Connection", ", \n"}, {"S", "Starting up", ", \n"}, {"R", "Reading Request", ",<br />\n"},
		{"W", "Sending Reply", ", \n"}, {"K", "Keepalive (read)", ", \n"}, {"D", "DNS Lookup", ",<br />\n"},
		{"C", "Closing connection", ", \n"}, {"L", "Logging", ", \n"}, {"G", "Gracefully finishing", ",<br /> \n"},
		{"I", "Idle cleanup of worker", ", \n"}, {".", "Open slot with no current process", "<br />\n"},
	} {
		p.write("\"<b><code>", k[0], "</code></b>\" ", k[1], k[2])
	}
	p.write("</p>\n")
	if !p.g.extended {
		p.pidKey(board)
	}
}

func (p *page) pidKey(board []byte) {
	p.write("PID Key: <br />\n<pre>\n")
	for i, c := range board {
		p.write("   ", strconv.Itoa(p.pid), " in state: ", string(c), " ")
		if i%3 == 2 {
			p.write("\n")
		} else {
			p.write(",")
		}
	}
	p.write("\n</pre>\n")
}
