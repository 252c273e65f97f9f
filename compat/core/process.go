package core

import (
	"os"
	"time"

	"understudy/compat"
)

// processRows tune Apache's processes, all but PidFile.
var processRows = []compat.Directive{
	compat.Row("ScoreBoardFile", compat.Take1, compat.Server, global,
		"A file for Apache to maintain runtime process management information").Inertly("the state of requests is in the memory of the server process"),
	compat.Row("ExtendedStatus", compat.Flag, compat.Server, extendedStatus,
		`"On" to track extended status information, "Off" to disable`),
	compat.Row("SeeRequestTail", compat.Flag, compat.Server, requestTail,
		`For extended status, "On" to see the last 63 chars of the request line, "Off" (default) to see the first 63`),
	compat.Row("PidFile", compat.Take1, compat.Server, pidFile,
		"A file for logging the server process ID"),
	compat.Row("MaxRequestsPerChild", compat.Take1, compat.Server, global,
		"Maximum number of connections a particular child serves before dying. "+
			"(DEPRECATED, use MaxConnectionsPerChild)").Inertly("the server process is not replaced after a number of connections"),
	compat.Row("MaxConnectionsPerChild", compat.Take1, compat.Server, global,
		"Maximum number of connections a particular child serves before dying.").Inertly("the server process is not replaced after a number of connections"),
	compat.Row("CoreDumpDirectory", compat.Take1, compat.Server, coreDumpDirectory,
		"The location of the directory Apache changes to before dumping core").Inertly("no core is dumped: a crash leaves its trace in the error log"),
	compat.Row("MaxMemFree", compat.Take1, compat.Server, notNegative,
		"Maximum number of 1k blocks a particular child's allocator may hold.").Inertly("the garbage collector gives memory back"),
	compat.Row("ThreadStackSize", compat.Take1, compat.Server, notNegative,
		"Size in bytes of stack used by threads handling client connections").Inertly("stacks grow as they are needed"),
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func pidFile(c *compat.Cmd) error {
	if err := global(c); err != nil {
		return err
	}
	c.Build.Core.PidFile = c.Path(c.Arg(0)) // whatever DefaultRuntimeDir says
	return nil
}

func extendedStatus(c *compat.Cmd) error {
	if err := global(c); err != nil {
		return err
	}
	on := c.On()
	c.Build.Core.ExtendedStatus = &on
	return nil
}

func requestTail(c *compat.Cmd) error {
	if err := global(c); err != nil {
		return err
	}
	c.Build.Core.RequestTail = c.On()
	return nil
}

func coreDumpDirectory(c *compat.Cmd) error {
	if err := global(c); err != nil {
		return err
	}
	path := c.Path(c.Arg(0))
	info, err := os.Stat(path)
	if err != nil {
		return compat.Errorf("CoreDumpDirectory %s does not exist", path)
	}
	if !info.IsDir() {
		return compat.Errorf("CoreDumpDirectory %s is not a directory", path)
	}
	return nil
}

func notNegative(c *compat.Cmd) error {
	if err := global(c); err != nil {
		return err
	}
	if compat.Atoi(c.Arg(0)) < 0 {
		return compat.Errorf("Invalid %s value: %s", c.Name, c.Arg(0))
	}
	return nil
}
