package standin

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// trace is what Spark 3.5 writes below "Failed to connect to master": a Java stack trace,
// here without its frames. The causes are what people and tools look for.
func trace(address string, err error) string {
	host, _, _ := net.SplitHostPort(address)
	const head = "org.apache.spark.SparkException: Exception thrown in awaitResult: \n"
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return head + fmt.Sprintf("Caused by: java.io.IOException: Failed to connect to %s\nCaused by: java.net.UnknownHostException: %s", address, host)
	}
	remote := "/" + address // Java writes name/address:port
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Addr != nil && op.Addr.String() != address {
		remote = host + "/" + op.Addr.String()
	}
	reason, last := err.Error(), "java.io.IOException: Connection reset by peer"
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		reason, last = "Connection refused", "java.net.ConnectException: Connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH):
		reason, last = "No route to host", "java.net.NoRouteToHostException: No route to host"
	case errors.Is(err, os.ErrDeadlineExceeded):
		reason, last = "Connection timed out", "java.net.ConnectException: Connection timed out"
	}
	return head + fmt.Sprintf("Caused by: java.io.IOException: Failed to connect to %s\n"+
		"Caused by: io.netty.channel.AbstractChannel$AnnotatedConnectException: %s: %s\nCaused by: %s", remote, reason, remote, last)
}
