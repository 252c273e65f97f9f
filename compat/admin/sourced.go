package admin

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// run does what the arguments say and returns the exit code.
func (c *control) run() int {
	command := strings.Join(c.args, " ")
	switch command {
	case "", "help", "usage", "--help":
		c.usage()
		return 1
	}
	if !c.directories() {
		return 1
	}
	if command == "fullstatus" {
		// Its failure is not called one of an action.
		return c.status(true)
	}
	code := c.act(command)
	if code != 0 {
		c.say("Action '%s' failed.", command)
		c.say("The Apache error log may have more information.")
	}
	return code
}

func (c *control) usage() {
	c.complain("Usage: %s start|stop|restart|graceful|graceful-stop|configtest|status|fullstatus|help", c.path)
	c.complain("       %s <apache2 args>", c.path)
	c.complain("       %s -h            (for help on <apache2 args>)", c.path)
}

func (c *control) act(command string) int {
	switch command {
	case "start":
		return c.start()
	case "stop", "graceful-stop":
		return c.server("-k", command)
	case "restart", "graceful":
		// The running server must not meet a broken configuration.
		if c.quietTest() != 0 {
			return c.server("-t")
		}
		return c.server("-k", command)
	case "configtest":
		return c.server("-t")
	case "status":
		c.status(false)
		return 0
	case "startssl", "sslstart", "start-SSL":
		c.say("The startssl option is no longer supported.")
		c.say("Please edit httpd.conf to include the SSL configuration settings")
		c.say("and then use apachectl start.")
		return 2
	}
	return c.server(c.args...)
}

// start starts the server: through systemd where that is in charge, or it
// would not know of it.
func (c *control) start() int {
	for _, path := range glob(globLiteral(c.runDir()) + "/*ssl_scache*") {
		os.Remove(path)
	}
	if c.vars["APACHE_STARTED_BY_SYSTEMD"] == "" && c.underSystemd() {
		c.say("Invoking 'systemctl start %s'.", c.unit)
		c.say("Use 'systemctl status %s' for more info.", c.unit)
		return c.code(c.command([]string{"systemctl", "start", c.unit}))
	}
	delete(c.env, "APACHE_STARTED_BY_SYSTEMD")
	return c.server("-k", "start")
}

func (c *control) server(words ...string) int { return c.code(c.serverCommand(words)) }

// quietTest is -t without its messages.
func (c *control) quietTest() int {
	cmd := c.serverCommand([]string{"-t"})
	cmd.Stderr = nil
	return c.code(cmd)
}

// serverCommand is the server with the arguments that the environment adds.
// They are split at blanks; no quotes hold them together.
func (c *control) serverCommand(words []string) *exec.Cmd {
	argv := strings.Fields(c.vars["APACHE_HTTPD"])
	if len(argv) == 0 {
		argv = []string{c.serverProgram()}
	}
	if conf := c.vars["APACHE_CONFDIR"]; conf != c.paths.confDir {
		argv = append(argv, "-d", conf)
	}
	argv = append(argv, strings.Fields(c.vars["APACHE_ARGUMENTS"])...)
	return c.command(append(argv, words...))
}

func (c *control) serverProgram() string {
	if program := c.companion("apache2"); program != "" {
		return program
	}
	return c.paths.programs + "/apache2"
}

func (c *control) command(argv []string) *exec.Cmd {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = c.stdin, c.out, c.err, c.environment()
	return cmd
}

var lastStatusLine = regexp.MustCompile(`(?m) process$`)

// status shows the server's status page by a text browser: whole, or without
// the table of requests.
func (c *control) status(whole bool) int {
	browser := c.or("APACHE_LYNX", "www-browser -dump")
	url := c.or("APACHE_STATUSURL", "http://localhost:80/server-status")
	cmd := c.command(append(strings.Fields(browser), strings.Fields(url)...))
	var page bytes.Buffer
	cmd.Stdout = &page
	code := c.code(cmd)
	text := page.Bytes()
	if at := lastStatusLine.FindIndex(text); at != nil && !whole {
		text = append(text[:at[1]:at[1]], '\n')
	}
	c.out.Write(text)
	if code == 0 {
		return 0
	}
	c.complain("'%s %s' failed.", browser, url)
	c.complain("Maybe you need to install a package providing www-browser or you")
	c.complain("need to adjust the APACHE_LYNX variable in /etc/apache2/envvars")
	return 1
}
