//go:build linux && !race

package wsgi

import (
	"syscall"
	"unsafe"
)

// The sockets do not block, so the scheduler need not be told of these calls:
// that would cost as much as some of them.

// writeSome writes what it can of b.
func writeSome(fd uintptr, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return result(n, errno)
}

// readSome reads into b what there is, and into rights the descriptors that came
// with it.
func readSome(fd uintptr, b, rights []byte) (n, rightsN int, err error) {
	v := syscall.Iovec{Base: unsafe.SliceData(b)}
	v.SetLen(len(b))
	m := syscall.Msghdr{Iov: &v, Iovlen: 1, Control: unsafe.SliceData(rights)}
	m.SetControllen(len(rights))
	got, _, errno := syscall.RawSyscall(syscall.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&m)), syscall.MSG_CMSG_CLOEXEC)
	n, err = result(got, errno)
	return n, int(m.Controllen), err
}

func result(n uintptr, errno syscall.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
