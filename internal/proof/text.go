package main

// The text to measure on: a member of the archive that llama.cpp's own script takes, or a file of the user's.

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// longest is what a text may weigh: wiki.test.raw has 1.3 MB.
const longest = 256 << 20

// text makes the text a plain file and returns its path and sha256.
func (p *proof) text(ctx context.Context) (name, sum string, err error) {
	name = p.textFile
	if name == "" {
		name = p.target.Text[0].path(p.dir)
	}
	if strings.HasSuffix(name, ".zip") {
		out := filepath.Join(p.dir, "made", path.Base(p.target.Member))
		if err := unzip(name, p.target.Member, out); err != nil {
			return "", "", fmt.Errorf("%s: %w", name, err)
		}
		name = out
	}
	sum, err = digest(ctx, name)
	return name, sum, err
}

// unzip writes one member of an archive to a file.
func unzip(archive, member, out string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	from, err := z.Open(member)
	if err != nil {
		return err
	}
	defer from.Close()
	b, err := io.ReadAll(io.LimitReader(from, longest+1))
	if err != nil {
		return err
	}
	if len(b) > longest {
		return fmt.Errorf("%s is larger than %s", member, size(longest))
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}
