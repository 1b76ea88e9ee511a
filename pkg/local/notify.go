package local

import "net"

// notify tells the service manager that started the store how it is doing, over the
// socket whose path it has given (sd_notify(3)); an empty path means no manager.
func notify(socket, state string) error {
	if socket == "" {
		return nil
	}
	conn, err := net.Dial("unixgram", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write([]byte(state))
	return err
}
