package dynamotest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// helperVariable makes the test binary another program, one that starts a
// process, prints its name in one line, and waits for its own end.
const helperVariable = "DYNAMOTEST_HELPER"

func TestMain(m *testing.M) {
	switch os.Getenv(helperVariable) {
	case "process":
		endByHangUp()
		fmt.Println(startPrintingProcess())
	case "local":
		endpoint, err := startLocal()
		fmt.Println(endpoint, err)
	default:
		SetUnlessGiven("rapid.seed", "1") // random tests do the same each time
		os.Exit(m.Run())
	}
	time.Sleep(time.Hour)
}

// endByHangUp ends this process when its terminal is closed, also where it was started
// by nohup.
func endByHangUp() {
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	go func() {
		<-hangUps
		os.Exit(1)
	}()
}

// startPrintingProcess returns the id of a process that would live for long.
func startPrintingProcess() string {
	process, err := startBound("sh", "-c", "echo $$; exec sleep 3600")
	if err != nil {
		return err.Error()
	}
	for !strings.HasSuffix(process.output.String(), "\n") {
		time.Sleep(time.Millisecond)
	}
	return strings.TrimSpace(process.output.String())
}

// startHelper runs this binary as another program, in a process group of its
// own, and returns the line that it prints.
func startHelper(t *testing.T, name string) (*exec.Cmd, string) {
	t.Helper()
	helper := exec.Command(os.Args[0])
	helper.Env = append(os.Environ(), helperVariable+"="+name)
	helper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = helper.Process.Kill()
		_ = helper.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return helper, strings.TrimSpace(line)
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
	}
}
