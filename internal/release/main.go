// Command release builds the archives that people download: one for each system and processor, each with the command,
// README, CHANGELOG and LICENSE, and SHA256SUMS over them; the page is in the command where make web built it. The same
// source gives the same bytes.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// targets are the systems we release for.
var targets = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// documents travel beside the command.
var documents = []string{"README.md", "CHANGELOG.md", "LICENSE"}

// largest is what a stripped command may weigh.
const largest = 12 << 20

func main() {
	out := flag.String("o", "dist", "folder for the archives")
	version := flag.String("version", "", "version to stamp; default: what git describes")
	archive := flag.String("unzip", "", "only unpack this zip archive into the folder")
	page := flag.String("page", "", "only pack this folder, the built page, into the file")
	flag.Parse()
	err := error(nil)
	if *archive != "" {
		err = unzip(*archive, *out)
	} else if *page != "" {
		err = packPage(*page, *out)
	} else {
		err = release(*out, *version)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func release(out, version string) error {
	if version == "" {
		v, err := git("describe", "--tags", "--always", "--dirty")
		if err != nil {
			return err
		}
		version = strings.TrimPrefix(v, "v")
	}
	when, err := commitTime()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if _, err := os.Stat("www/page.zip"); err != nil {
		fmt.Println("without the page: make web builds it")
	}
	var sums strings.Builder
	for _, t := range targets {
		goos, goarch, _ := strings.Cut(t, "/")
		name, archive, err := build(goos, goarch, version, when)
		if err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
		if err := os.WriteFile(filepath.Join(out, name), archive, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(archive), name)
		fmt.Printf("%s  %.1f MiB\n", name, float64(len(archive))/(1<<20))
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

// build compiles one target and packs it. The archive holds one folder, named as the archive.
func build(goos, goarch, version string, when time.Time) (name string, archive []byte, err error) {
	dir, err := os.MkdirTemp("", "release")
	if err != nil {
		return "", nil, err
	}
	defer os.RemoveAll(dir)
	exe := "trit"
	if goos == "windows" {
		exe = "trit.exe"
	}
	tags := ""
	if _, err := os.Stat("www/page.zip"); err == nil {
		tags = "page"
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", tags, "-ldflags", "-s -w -X main.version="+version, "-o", filepath.Join(dir, exe), "./cmd/trit")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch, "GOAMD64=v1", "GOARM64=v8.0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", nil, err
	}
	files := []file{{name: exe, mode: 0o755}}
	if files[0].data, err = os.ReadFile(filepath.Join(dir, exe)); err != nil {
		return "", nil, err
	}
	if n := len(files[0].data); n > largest {
		return "", nil, fmt.Errorf("the command weighs %d bytes, more than %d", n, largest)
	}
	for _, d := range documents {
		data, err := os.ReadFile(d)
		if err != nil {
			return "", nil, err
		}
		files = append(files, file{d, data, 0o644})
	}
	base := "trit-" + version + "-" + goos + "-" + goarch
	if goos == "windows" {
		archive, err = zipped(base, files, when)
		return base + ".zip", archive, err
	}
	archive, err = tarred(base, files, when)
	return base + ".tar.gz", archive, err
}

type file struct {
	name string
	data []byte
	mode int64
}

func tarred(base string, files []file, when time.Time) ([]byte, error) {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w := tar.NewWriter(z)
	for _, f := range files {
		err := w.WriteHeader(&tar.Header{Name: base + "/" + f.name, Mode: f.mode, Size: int64(len(f.data)), ModTime: when, Format: tar.FormatUSTAR})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}

func zipped(base string, files []file, when time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: base + "/" + f.name, Method: zip.Deflate, Modified: when}
		h.SetMode(os.FileMode(f.mode))
		part, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(part, bytes.NewReader(f.data)); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// unzip unpacks an archive, for systems without a command for that.
func unzip(name, dir string) error {
	r, err := zip.OpenReader(name)
	if err != nil {
		return err
	}
	defer r.Close()
	return os.CopyFS(dir, r)
}

// commitTime is the time of everything in the archives: SOURCE_DATE_EPOCH, else the last commit's.
func commitTime() (time.Time, error) {
	s := os.Getenv("SOURCE_DATE_EPOCH")
	if s == "" {
		var err error
		if s, err = git("log", "-1", "--format=%ct"); err != nil {
			return time.Time{}, err
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0).UTC(), err
}

func git(args ...string) (string, error) {
	out, err := exec.Command("git", args...).Output()
	return strings.TrimSpace(string(out)), err
}
