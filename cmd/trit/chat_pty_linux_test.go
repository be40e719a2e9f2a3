package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/internal/synth"
	"golang.org/x/sys/unix"
)

// terminal is a command that runs on a terminal of its own.
type terminal struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd
	mu     sync.Mutex
	seen   strings.Builder
	read   int           // bytes of seen that were waited for
	ended  chan struct{} // nothing more comes
}

func onTerminal(t *testing.T, term string, args ...string) *terminal {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 60}))
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	defer slave.Close()
	trit, err := exec.LookPath("trit")
	require.NoError(t, err)
	x := &terminal{t: t, master: os.NewFile(uintptr(fd), "ptmx"), cmd: exec.Command(trit, args...), ended: make(chan struct{})}
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = slave, slave, slave
	x.cmd.Env = append(os.Environ(), "TERM="+term)
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, x.cmd.Start())
	t.Cleanup(func() { x.cmd.Process.Kill(); x.master.Close() })
	go func() {
		defer close(x.ended)
		b := make([]byte, 4096)
		for {
			n, err := x.master.Read(b)
			x.mu.Lock()
			x.seen.Write(b[:n])
			x.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return x
}

func (x *terminal) keys(s string) {
	x.t.Helper()
	_, err := x.master.WriteString(s)
	require.NoError(x.t, err)
}

// await waits until what came since the last wait matches, and returns the match.
func (x *terminal) await(pattern string) string {
	x.t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		x.mu.Lock()
		rest := x.seen.String()[x.read:]
		at := re.FindStringIndex(rest)
		if at != nil {
			x.read += at[1]
		}
		x.mu.Unlock()
		if at != nil {
			return rest[at[0]:at[1]]
		}
		if time.Now().After(end) {
			x.t.Fatalf("no %q in %q", pattern, rest)
		}
	}
}

func (x *terminal) exits(code int) {
	x.t.Helper()
	x.cmd.Wait()
	<-x.ended
	require.Equal(x.t, code, x.cmd.ProcessState.ExitCode())
}

// settings returns how the terminal is set: raw while a line is edited, and as it was at the end.
func (x *terminal) settings() unix.Termios {
	x.t.Helper()
	s, err := unix.IoctlGetTermios(int(x.master.Fd()), unix.TCGETS)
	require.NoError(x.t, err)
	return *s
}

// slowModel answers for some seconds, if nobody stops it.
func slowModel(t *testing.T) []string {
	t.Helper()
	shape := synth.Tiny
	shape.Embd, shape.FFN = 512, 1536
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "m"), synth.Folder(shape, synth.Packed, 1)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "roles.jinja"), []byte(roles), 0o644))
	return []string{"chat", filepath.Join(dir, "m"), "--chat-template", filepath.Join(dir, "roles.jinja"), "--temp", "0", "--kernel", "generic", "-t", "1"}
}

// A person's chat: lines are edited and recalled, a paste is one text, Ctrl-C stops the answer and not the chat, and the
// terminal is at the end as it was.
func TestChatOnATerminal(t *testing.T) {
	saved := filepath.Join(t.TempDir(), "talk.jsonl")
	x := onTerminal(t, "xterm", append(slowModel(t), "-n", "3")...)
	before := x.settings()
	x.await(`context 512 · seed \d+\r\n/help .*\r\n`)
	x.await("> $")
	require.NotEqual(t, before.Lflag, x.settings().Lflag, "a line is being edited")
	x.keys("helo 漢字\x1b[D\x1b[D\x1b[D\x1b[Dl\x05\x7f!\r")
	x.await("> hello 漢!")
	x.await(`stopped after 3 tokens`)
	x.keys("\x1b[200~two\rlines\x1b[201~")
	x.await("  lines")
	x.keys("\r")
	x.await(`stopped after 3 tokens`)
	x.keys("typed and taken back\x03")
	x.await("\r\n.*> $")
	x.keys("\x03")
	x.await("/exit or Ctrl-D ends the chat")
	x.keys("\x1b[A\x1b[A\x1b[A") // to the paste, its first line, the line before
	x.await("> hello 漢!")
	x.keys("\x15/save " + saved + "\r")
	x.await("4 turns are in")
	x.keys("\x04")
	x.exits(0)
	require.Equal(t, before, x.settings())
	turns, err := load(saved)
	require.NoError(t, err)
	require.Equal(t, "hello 漢!", turns[0].Content)
	require.Equal(t, "two\nlines", turns[2].Content)
	require.NotContains(t, strings.ReplaceAll(x.seen.String(), "\x1b[?2004", ""), "\x1b[?", "no other mode is set")
}

func TestCtrlCStopsTheAnswer(t *testing.T) {
	saved := filepath.Join(t.TempDir(), "talk.jsonl")
	x := onTerminal(t, "xterm", slowModel(t)...)
	before := x.settings()
	for range 2 {
		x.await("> $")
		x.keys("hello\r")
		x.await(`2004l`)
		x.await("[^\r\n\x1b]") // the first of the answer
		require.Equal(t, before.Lflag, x.settings().Lflag, "Ctrl-C is a signal while the model speaks")
		x.keys("\x03")
		x.await("stopped: what was said so far is the answer")
	}
	x.keys("/save " + saved + "\r")
	x.await("4 turns are in")
	turns, err := load(saved)
	require.NoError(t, err)
	require.NotEmpty(t, turns[1].Content)

	x.await("> $")
	require.NoError(t, x.cmd.Process.Signal(syscall.SIGTERM))
	x.await("interrupted")
	x.exits(130)
	require.Equal(t, before, x.settings())
}

// Without an editor lines come as the terminal gives them, and Ctrl-C is a signal at the prompt too.
func TestChatOnADumbTerminal(t *testing.T) {
	x := onTerminal(t, "dumb", append(slowModel(t), "-n", "2")...)
	x.await("> $")
	x.keys("\x03")
	x.await("/exit or Ctrl-D ends the chat")
	x.await("> $")
	x.keys("hello\n")
	x.await("stopped after 2 tokens")
	x.await("> $")
	x.keys("\x04")
	x.exits(0)
	require.NotContains(t, x.seen.String(), "\x1b")
}
