//go:build unix

package main

func init() {
	roles["supervisor"] = supervisorRole
	roles["server"] = serverRole
}
