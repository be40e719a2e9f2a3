package main

// The report: Markdown for people, JSON for programs, both in the folder of the models; the Markdown also on standard
// output.

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

type report struct {
	Model    string    `json:"model"`
	OK       bool      `json:"ok"`
	Started  time.Time `json:"started"`
	Platform string    `json:"platform"`
	Threads  int       `json:"threads"`
	Trit     struct {
		Version  string `json:"version"`
		Go       string `json:"go"`
		Platform string `json:"platform"`
	} `json:"trit"`
	Files []fetched `json:"files"`
	Steps []result  `json:"steps"`
}

// publish writes the report and returns errCheck when a check failed, or the error of a step that could not be done.
func (p *proof) publish(rep *report, out io.Writer) error {
	rep.OK = true
	checks, failed := 0, 0
	var broken error
	for _, r := range rep.Steps {
		for _, c := range r.Checks {
			checks++
			if !c.OK {
				failed++
			}
		}
		if r.Error != "" {
			broken = errors.Join(broken, fmt.Errorf("%s: %s", r.Step, r.Error))
		}
		rep.OK = rep.OK && !r.failed()
	}
	text := rep.markdown(checks, failed)
	b, err := json.MarshalIndent(rep, "", "  ")
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"proof.md": []byte(text), "proof.json": append(b, '\n')} {
		if err := os.WriteFile(filepath.Join(p.dir, name), data, 0o644); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(out, text); err != nil {
		return err
	}
	p.say("report: %s and proof.json", filepath.Join(p.dir, "proof.md"))
	if failed > 0 {
		return errCheck
	}
	return broken
}

func (rep *report) markdown(checks, failed int) string {
	var b strings.Builder
	verdict := fmt.Sprintf("All %d checks passed", checks)
	if !rep.OK {
		verdict = fmt.Sprintf("**%d of %d checks failed**", failed, checks)
	}
	fmt.Fprintf(&b, "# Proof: %s\n\n%s. trit %s (%s) on %s, %d threads, %s.\n\n", rep.Model, verdict, rep.Trit.Version, rep.Trit.Go, rep.Platform, rep.Threads, rep.Started.Format("2006-01-02 15:04 UTC"))
	b.WriteString("| step | | check | expected | found |\n|---|---|---|---|---|\n")
	for _, r := range rep.Steps {
		for _, c := range r.Checks {
			word := "ok"
			if !c.OK {
				word = "**FAIL**"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.Step, word, cell(c.What), cell(c.Want), cell(c.Got))
		}
		if r.Error != "" {
			fmt.Fprintf(&b, "| %s | **FAIL** | %s | | %s |\n", r.Step, cell(r.About), cell(r.Error))
		}
	}
	b.WriteString("\n| step | | seconds | peak memory |\n|---|---|--:|--:|\n")
	for _, r := range rep.Steps {
		peak := ""
		if r.Peak > 0 {
			peak = size(r.Peak)
		}
		fmt.Fprintf(&b, "| %s | %s | %.1f | %s |\n", r.Step, cell(r.About), r.Seconds, peak)
	}
	for _, r := range rep.Steps {
		if len(r.Notes) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n", r.Step)
		for _, n := range r.Notes {
			fmt.Fprintf(&b, "- %s\n", cell(n))
		}
	}
	b.WriteString("\n## Files\n\n| file | revision | bytes | sha256 |\n|---|---|--:|---|\n")
	for _, f := range rep.Files {
		if f.State != "absent" {
			fmt.Fprintf(&b, "| %s/%s | %.8s | %d | %s |\n", f.Repo, f.Name, f.Revision, f.Size, f.Got)
		}
	}
	return b.String()
}

// cell makes text fit a table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ", "<", "&lt;").Replace(s)
}
