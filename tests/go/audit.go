// Checks a log that was written as static files (C2SP tlog-tiles) with others' code: golang.org/x/mod/sumdb.
//
// Usage: audit DIR LOG-KEY [WITNESS-KEY…]
//
// It opens the checkpoint with sumdb/note, reads tiles through sumdb/tlog, which compares them with the signed root,
// hashes every entry, and checks inclusion and consistency proofs that it makes from the tiles.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // of a tile, in levels of the tree

// files reads tiles below a directory.
type files string

func (dir files) Height() int { return height }

func (dir files) SaveTiles([]tlog.Tile, [][]byte) {}

func (dir files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(dir.path(strconv.Itoa(tile.L), tile.N, tile.W))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (dir files) path(level string, index int64, width int) string {
	name := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	if width < 1<<height {
		name += fmt.Sprintf(".p/%d", width)
	}
	return filepath.Join(string(dir), "tile", level, name)
}

// witness verifies cosignatures (C2SP tlog-cosignature, Ed25519), which sumdb/note does not know.
type witness struct {
	name string
	key  ed25519.PublicKey
}

func newWitness(key string) (*witness, error) {
	parts := strings.SplitN(key, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("malformed key of a witness")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 33 || raw[0] != 4 {
		return nil, fmt.Errorf("not a key for cosignatures")
	}
	return &witness{parts[0], raw[1:]}, nil
}

func (w *witness) Name() string { return w.name }

func (w *witness) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(w.name+"\n\x04"), w.key...))
	return binary.BigEndian.Uint32(sum[:4])
}

func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), text...)
	return ed25519.Verify(w.key, message, signature[8:])
}

func check(err error, doing string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", doing, err)
		os.Exit(1)
	}
}

// opened reads the checkpoint: its tree, and how many witnesses have cosigned it.
func opened(dir, key string, witnesses []string) (tlog.Tree, int) {
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	check(err, "reading the checkpoint")
	log, err := note.NewVerifier(key)
	check(err, "reading the log's key")
	verifiers := []note.Verifier{log}
	for _, key := range witnesses {
		one, err := newWitness(key)
		check(err, "reading a witness's key")
		verifiers = append(verifiers, one)
	}
	signed, err := note.Open(data, note.VerifierList(verifiers...))
	check(err, "opening the checkpoint")
	cosigned, ours := 0, false
	for _, signature := range signed.Sigs {
		if signature.Name == log.Name() && signature.Hash == log.KeyHash() {
			ours = true
		} else {
			cosigned++
		}
	}
	lines := strings.Split(signed.Text, "\n")
	if !ours || len(lines) != 4 || lines[0] != log.Name() {
		check(fmt.Errorf("not a checkpoint of this log"), "opening the checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "reading the size")
	root, err := tlog.ParseHash(lines[2])
	check(err, "reading the root")
	return tlog.Tree{N: size, Hash: root}, cosigned
}

// entries checks every entry against its leaf hash, and returns the leaf hashes.
func entries(dir files, tree tlog.Tree, hashes tlog.HashReader) []tlog.Hash {
	var leaves []tlog.Hash
	for first := int64(0); first < tree.N; first += 1 << height {
		width := 1 << height
		if tree.N-first < int64(width) {
			width = int(tree.N - first)
		}
		data, err := os.ReadFile(dir.path("entries", first>>height, width))
		check(err, "reading entries")
		var places []int64
		for i := 0; i < width; i++ {
			places = append(places, tlog.StoredHashIndex(0, first+int64(i)))
		}
		stored, err := hashes.ReadHashes(places)
		check(err, "reading tiles")
		for i := 0; i < width; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				check(fmt.Errorf("it ends within entry %d", first+int64(i)), "reading entries")
			}
			length := int(binary.BigEndian.Uint16(data))
			if tlog.RecordHash(data[2:2+length]) != stored[i] {
				check(fmt.Errorf("entry %d does not fit its leaf hash", first+int64(i)), "checking entries")
			}
			data = data[2+length:]
			leaves = append(leaves, stored[i])
		}
		if !bytes.Equal(data, nil) {
			check(fmt.Errorf("bytes are left over"), "reading entries")
		}
	}
	return leaves
}

// proofs makes and checks inclusion and consistency proofs for about a hundred places.
func proofs(tree tlog.Tree, hashes tlog.HashReader, leaves []tlog.Hash) int {
	step, count := tree.N/100+1, 0
	for at := int64(0); at < tree.N; at += step {
		proof, err := tlog.ProveRecord(tree.N, at, hashes)
		check(err, "making an inclusion proof")
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, at, leaves[at]), "checking an inclusion proof")
		old, err := tlog.TreeHash(at+1, hashes)
		check(err, "computing an earlier root")
		consistency, err := tlog.ProveTree(tree.N, at+1, hashes)
		check(err, "making a consistency proof")
		check(tlog.CheckTree(consistency, tree.N, tree.Hash, at+1, old), "checking a consistency proof")
		count++
	}
	return count
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: audit DIR LOG-KEY [WITNESS-KEY…]")
		os.Exit(2)
	}
	dir := files(os.Args[1])
	tree, cosigned := opened(os.Args[1], os.Args[2], os.Args[3:])
	hashes := tlog.TileHashReader(tree, dir)
	leaves := entries(dir, tree, hashes)
	count := proofs(tree, hashes, leaves)
	fmt.Printf("%d entries, %d proofs of each kind, %d cosignatures\n", tree.N, count, cosigned)
}
