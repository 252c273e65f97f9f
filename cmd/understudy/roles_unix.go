//go:build unix

package main

import "understudy/compat/php"

func init() {
	roles["supervisor"] = supervisorRole
	roles["server"] = serverRole
	roles["php"] = func([]string) int { return php.Work() }
}
