package info

import (
	"strconv"
	"time"

	"understudy/compat"
)

// builtWith is what -V lists, too; the programs that read it look for the paths.
const builtWith = ` -D APR_HAS_SENDFILE
 -D APR_HAS_MMAP
 -D APR_HAVE_IPV6 (IPv4-mapped addresses enabled)
 -D APR_USE_PROC_PTHREAD_SERIALIZE
 -D SINGLE_LISTEN_UNSERIALIZED_ACCEPT
 -D APR_HAS_OTHER_CHILD
 -D AP_HAVE_RELIABLE_PIPED_LOGS
 -D HTTPD_ROOT="/etc/apache2"
 -D SUEXEC_BIN="/usr/lib/apache2/suexec"
 -D DEFAULT_PIDLOG="/run/apache2.pid"
 -D DEFAULT_SCOREBOARD="logs/apache_runtime_status"
 -D DEFAULT_ERRORLOG="logs/error_log"
 -D AP_TYPES_CONFIG_FILE="mime.types"
 -D SERVER_CONFIG_FILE="apache2.conf"
`

// server shows the settings of the server (show_server_settings).
func (p *page) server() {
	r, core := p.r, &p.b.Core
	p.write("<h2><a name=\"server\">Server Settings</a></h2><dl>")
	p.large("Server Version", core.Description)
	p.large("Server Built", compat.BuildTime())
	for _, s := range [...][2]string{
		{"Server loaded APR Version", "1.7.2"}, {"Compiled with APR Version", "1.7.2"},
		{"Server loaded APU Version", "1.6.3"}, {"Compiled with APU Version", "1.6.3"},
		{"Server loaded PCRE Version", "10.42 2022-12-11"}, {"Compiled with PCRE Version", "10.42 2022-12-11"},
		{"Module Magic Number", "20120211:142"},
		{"Hostname/port", compat.EscapeHTML(compat.ServerName(r)) + ":" + strconv.Itoa(compat.ServerPort(r))},
	} {
		p.setting(s[0], s[1], "\n")
	}
	p.setting("Timeouts", "connection: "+seconds(r.Host.Timeout, 60)+" &nbsp;&nbsp; keep-alive: "+
		seconds(r.Host.KeepAliveTimeout, 5), "")
	mpm, threaded := mpmOf(p.b)
	p.setting("MPM Name", mpm, "\n")
	p.setting("MPM Information", "Max Daemons: 1 Threaded: "+threaded+" Forked: yes", "\n")
	p.setting("Server Architecture", strconv.Itoa(strconv.IntSize)+"-bit", "\n")
	p.setting("Server Root", p.b.Tree.Root, "\n")
	file := ""
	if len(p.b.Tree.Nodes) > 0 {
		file = p.b.Tree.Nodes[0].Pos.File
	}
	p.setting("Config File", file, "\n")
	p.write("<dt><strong>Server Built With:</strong>\n<tt style=\"white-space: pre;\">\n", builtWith,
		"</tt></dt>\n</dl><hr />")
}

func (p *page) setting(name, value, end string) {
	p.write("<dt><strong>", name, ":</strong> <tt>", value, "</tt></dt>", end)
}

func (p *page) large(name, value string) {
	p.write("<dt><strong>", name, ":</strong> <font size=\"+1\"><tt>", value, "</tt></font></dt>\n")
}

func seconds(d *time.Duration, standard int) string {
	if d == nil {
		return strconv.Itoa(standard)
	}
	return strconv.Itoa(int(*d / time.Second))
}

// mpmOf is the processing module that is loaded, and whether it has threads.
func mpmOf(b *compat.Build) (name, threaded string) {
	switch {
	case b.Loaded("mpm_prefork_module") != nil:
		return "prefork", "no"
	case b.Loaded("mpm_worker_module") != nil:
		return "worker", "yes"
	}
	return "event", "yes"
}
