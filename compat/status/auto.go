package status

import (
	"strconv"

	"understudy/compat"
)

// auto writes the status for programs: a name and a value each line.
func (p *page) auto() {
	p.write(compat.ServerName(p.r), "\n")
	p.line("ServerVersion", p.r.Host.Build.Core.Description)
	p.line("ServerMPM", p.g.mpm)
	p.line("Server Built", compat.BuildTime())
	p.line("CurrentTime", date(p.now))
	p.line("RestartTime", date(p.g.since))
	p.number("ParentServerConfigGeneration", p.g.number)
	p.number("ParentServerMPMGeneration", p.g.number-1)
	p.number("ServerUptimeSeconds", int(p.uptime))
	p.write("ServerUptime:", uptime(p.uptime), "\n")
	p.line("Load1", fixed(p.load[0], 2))
	p.line("Load5", fixed(p.load[1], 2))
	p.line("Load15", fixed(p.load[2], 2))
	if p.g.extended {
		p.autoTotals()
	}
	p.number("BusyWorkers", p.busy)
	p.number("GracefulWorkers", 0)
	p.number("IdleWorkers", p.idle)
	if p.async() {
		p.number("Processes", 1)
		p.number("Stopping", 0)
		p.number("ConnsTotal", p.connections)
		p.number("ConnsAsyncWaitIO", 0)
		p.number("ConnsAsyncWriting", 0)
		p.number("ConnsAsyncKeepAlive", p.keepAlive())
		p.number("ConnsAsyncClosing", 0)
	}
	p.line("Scoreboard", string(p.board()))
}

func (p *page) line(name, value string)   { p.write(name, ": ", value, "\n") }
func (p *page) number(name string, n int) { p.line(name, strconv.Itoa(n)) }

func (p *page) autoTotals() {
	p.line("Total Accesses", strconv.FormatUint(p.count, 10))
	p.line("Total kBytes", strconv.FormatInt(p.kilobytes, 10))
	p.line("Total Duration", strconv.FormatInt(p.duration.Milliseconds(), 10))
	p.line("CPUUser", general(p.cpu.user, 6))
	p.line("CPUSystem", general(p.cpu.system, 6))
	p.line("CPUChildrenUser", general(p.cpu.childrenUser, 6))
	p.line("CPUChildrenSystem", general(p.cpu.childrenSystem, 6))
	if cpu := p.cpu.sum(); cpu > 0 {
		p.line("CPULoad", general(cpu/float64(p.uptime)*100, 6))
	}
	p.number("Uptime", int(p.uptime))
	if p.uptime > 0 {
		p.line("ReqPerSec", general(p.perSecond(), 6))
		p.line("BytesPerSec", general(ratio(kilo*float64(p.kilobytes), float64(p.uptime)), 6))
	}
	if p.count > 0 {
		p.line("BytesPerReq", general(p.bytesPerRequest(), 6))
		p.line("DurationPerReq", general(p.millisecondsPerRequest(), 6))
	}
}

func (p *page) perSecond() float64 { return ratio(float64(p.count), float64(p.uptime)) }

func (p *page) bytesPerRequest() float64 { return ratio(kilo*float64(p.kilobytes), float64(p.count)) }

func (p *page) millisecondsPerRequest() float64 {
	return ratio(float64(p.duration.Milliseconds()), float64(p.count))
}
