package main

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/kernel"
)

func (a *app) benchCmd() *cobra.Command {
	var r runner
	var prefill, decode, threads string
	var repeat int
	cmd := &cobra.Command{
		Use: "bench MODEL", Short: "Tokens per second, beside what the memory gives", Args: exact(1),
		Long: "bench measures prefill (ppN: a prompt of N tokens) and decoding (tgN: N tokens, one by one), each from an empty context.\n" +
			"Beside each test it reads all weights without computing: the probe. Decoding is bound by it. It does what greedy choice needs, with the head that run takes for it, unless --head says otherwise.",
		Example: "  trit bench model.gguf\n  trit bench model.gguf -p 512 -n 128 -t 1,2 --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			pp, err := sizes("-p", prefill)
			if err != nil {
				return err
			}
			tg, err := sizes("-n", decode)
			if err != nil {
				return err
			}
			on := []int{kernel.Cores()}
			if threads != "" {
				if on, err = sizes("--threads", threads); err != nil {
					return err
				}
			}
			if repeat < 1 {
				return usage("--repeat is at least 1")
			}
			l, err := r.load(a, cmd, args[0], false, func(*loaded) (int, error) { return 1, nil })
			if err != nil {
				return err
			}
			defer l.close()
			var all []measured
			for _, n := range on {
				l.SetThreads(n)
				for _, test := range tests(pp, tg) {
					a.note("%s on %d threads", test.name, n)
					m, err := measure(cmd.Context(), l, test, repeat)
					if err != nil {
						return err
					}
					m.threads = n
					all = append(all, m)
				}
			}
			if a.json {
				fmt.Fprintf(a.out, "%s\n", json.AppendArray(nil, len(all), func(b []byte, i int) []byte { return all[i].appendJSON(b) }))
				return nil
			}
			a.benchTable(l, all)
			return nil
		},
	}
	r.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&prefill, "prompt", "p", "128,512", "prefill tests: tokens, separated by commas")
	f.StringVarP(&decode, "predict", "n", "128", "decoding tests: tokens, separated by commas")
	f.StringVarP(&threads, "threads", "t", "", "thread counts to measure, separated by commas; without it, one for each core")
	f.IntVar(&repeat, "repeat", 3, "runs of each test")
	return cmd
}

// sizes reads positive numbers separated by commas.
func sizes(flag, s string) (list []int, err error) {
	for _, x := range strings.Split(s, ",") {
		if x = strings.TrimSpace(x); x == "" || x == "0" {
			continue
		}
		n, err := strconv.Atoi(x)
		if err != nil || n < 1 {
			return nil, usage(flag + " takes numbers separated by commas, such as 128,512")
		}
		list = append(list, n)
	}
	return list, nil
}

// test is one line of the table.
type test struct {
	name   string
	tokens int
	decode bool
}

func tests(pp, tg []int) (list []test) {
	for _, n := range pp {
		list = append(list, test{"pp" + strconv.Itoa(n), n, false})
	}
	for _, n := range tg {
		list = append(list, test{"tg" + strconv.Itoa(n), n, true})
	}
	return list
}

// measured is its result: means over the runs.
type measured struct {
	test
	threads                         int
	perSecond, stddev, bytes, probe float64 // tokens/s, its deviation, GB/s of weights, GB/s of the probe
}

func measure(ctx context.Context, l *loaded, t test, repeat int) (measured, error) {
	m := measured{test: t}
	ids := make([]tokenizer.Token, t.tokens)
	for i := range ids {
		ids[i] = tokenizer.Token((i*7919 + 13) % l.Config.Vocab)
	}
	var rates []float64
	for i := range repeat + 1 {
		m.probe = max(m.probe, probe(l))
		s, err := l.NewSession(0)
		if err == nil {
			err = s.Need(1) // what greedy choice needs
		}
		if err != nil {
			return m, err
		}
		start := time.Now()
		step := len(ids)
		if t.decode {
			step = 1
		}
		for at := 0; at < len(ids); at += step {
			if _, err := s.Forward(ctx, ids[at:at+step]); err != nil {
				return m, err
			}
		}
		if i > 0 { // the first run warms up
			rates = append(rates, float64(len(ids))/time.Since(start).Seconds())
		}
	}
	for _, x := range rates {
		m.perSecond += x / float64(len(rates))
	}
	for _, x := range rates {
		m.stddev += (x - m.perSecond) * (x - m.perSecond) / float64(max(len(rates)-1, 1))
	}
	m.stddev = math.Sqrt(m.stddev)
	if t.decode {
		m.bytes = m.perSecond * float64(l.StepBytes()) / 1e9
	}
	return m, nil
}

// probe returns GB/s of reading the weights.
func probe(l *loaded) float64 {
	start := time.Now()
	n := l.Probe()
	return float64(n) / 1e9 / time.Since(start).Seconds()
}

func (m *measured) appendJSON(b []byte) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "test"), m.name)
	b = json.AppendInt(json.AppendKey(b, "threads"), int64(m.threads))
	b = json.AppendFloat(json.AppendKey(b, "tokens_per_second"), m.perSecond)
	b = json.AppendFloat(json.AppendKey(b, "stddev"), m.stddev)
	b = json.AppendFloat(json.AppendKey(b, "gb_per_second"), m.bytes)
	b = json.AppendFloat(json.AppendKey(b, "probe_gb_per_second"), m.probe)
	return append(b, '}')
}

func (a *app) benchTable(l *loaded, all []measured) {
	rows := make([][]string, len(all))
	for i, m := range all {
		share, bytes := "", ""
		if m.decode {
			share, bytes = fmt.Sprintf("%.0f %%", 100*m.bytes/m.probe), fmt.Sprintf("%.1f", m.bytes)
		}
		rows[i] = []string{m.name, strconv.Itoa(m.threads), fmt.Sprintf("%.2f", m.perSecond), fmt.Sprintf("%.2f", m.stddev), bytes, fmt.Sprintf("%.1f", m.probe), share}
	}
	fmt.Fprintf(a.out, "%s · kernel %s · head %s · %s\n", l.Config.Arch.Label, l.Kernel.Name, l.Head, cpuName())
	a.table([]string{"test", "threads", "tokens/s", "±", "GB/s", "probe GB/s", "of probe"}, rows)
}

// cpuName is what the system calls the processor.
func cpuName() string {
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			if key, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return runtime.GOARCH
}
