package embedded

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// extractTar writes one member of a gzipped tar file.
func extractTar(archive, member, to string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", archive, err)
	}
	for tr := tar.NewReader(gz); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return fmt.Errorf("unpack %s: it has no %s", archive, member)
		}
		if err != nil {
			return fmt.Errorf("unpack %s: %w", archive, err)
		}
		if h.Name == member {
			return write(to, tr)
		}
	}
}

// extractZip writes all of a zip file; names that lead out of the folder are refused.
func extractZip(archive, to string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", archive, err)
	}
	defer z.Close()
	for _, member := range z.File {
		if !filepath.IsLocal(member.Name) {
			return fmt.Errorf("unpack %s: %q leads out of the folder", archive, member.Name)
		}
		if member.FileInfo().IsDir() {
			continue
		}
		r, err := member.Open()
		if err != nil {
			return fmt.Errorf("unpack %s: %w", archive, err)
		}
		err = write(filepath.Join(to, member.Name), r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func write(path string, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, r); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.Close()
}
