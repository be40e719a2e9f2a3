package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/json"
)

// version is stamped by the linker in releases.
var version = "devel"

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Version and platform", Args: exact(0), Example: "  trit version --json",
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				b := json.AppendString(json.AppendKey([]byte{'{'}, "version"), version)
				b = json.AppendString(json.AppendKey(b, "go"), runtime.Version())
				b = json.AppendString(json.AppendKey(b, "platform"), runtime.GOOS+"/"+runtime.GOARCH)
				fmt.Fprintf(a.out, "%s}\n", b)
				return nil
			}
			fmt.Fprintf(a.out, "trit %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}

func (a *app) envCmd() *cobra.Command {
	return &cobra.Command{
		Use: "env", Short: "What this program sees of its surroundings", Args: exact(0), Example: "  trit env",
		RunE: func(*cobra.Command, []string) error {
			list := [][2]string{{"threads", fmt.Sprint(a.threads)}, {"platform", runtime.GOOS + "/" + runtime.GOARCH}}
			for _, name := range []string{"TRIT_THREADS", "TRIT_COLOR", "TRIT_NO_PROGRESS", "NO_COLOR", "CLICOLOR_FORCE"} {
				list = append(list, [2]string{name, os.Getenv(name)})
			}
			b := []byte{'{'}
			for _, x := range list {
				b = json.AppendString(json.AppendKey(b, x[0]), x[1])
				if !a.json {
					fmt.Fprintf(a.out, "%s=%s\n", x[0], x[1])
				}
			}
			if a.json {
				fmt.Fprintf(a.out, "%s}\n", b)
			}
			return nil
		},
	}
}
