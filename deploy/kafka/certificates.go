package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// writeCertificates makes an authority and a certificate for 127.0.0.1 that it signed: ca.pem for the clients,
// keystore.pem for the brokers. The authority's key is forgotten.
func writeCertificates(dir string) (authority, keystore string, err error) {
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Assay's tests"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	broker := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "broker"}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	rootKey, rootErr := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	brokerKey, brokerErr := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(rootErr, brokerErr); err != nil {
		return "", "", fmt.Errorf("make keys: %w", err)
	}
	rootDER, rootErr := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	brokerDER, brokerErr := x509.CreateCertificate(rand.Reader, broker, root, &brokerKey.PublicKey, rootKey)
	keyDER, keyErr := x509.MarshalPKCS8PrivateKey(brokerKey)
	if err := errors.Join(rootErr, brokerErr, keyErr); err != nil {
		return "", "", fmt.Errorf("make certificates: %w", err)
	}
	authority, keystore = filepath.Join(dir, "ca.pem"), filepath.Join(dir, "keystore.pem")
	err = errors.Join(
		writePEM(authority, &pem.Block{Type: "CERTIFICATE", Bytes: rootDER}),
		writePEM(keystore, &pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}, &pem.Block{Type: "CERTIFICATE", Bytes: brokerDER},
			&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}),
	)
	return authority, keystore, err
}

func writePEM(path string, blocks ...*pem.Block) error {
	var text bytes.Buffer
	for _, block := range blocks {
		if err := pem.Encode(&text, block); err != nil {
			return err
		}
	}
	return os.WriteFile(path, text.Bytes(), 0o600)
}
