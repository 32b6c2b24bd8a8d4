# make run     sets up what is missing and serves on 127.0.0.1:8700 (SEKISHO_PORT, SEKISHO_KEY, SEKISHO_HOME)
# make setup   the same, without serving
# make test    sets up what the tests need, quietly and only where it is missing, and runs them
# make check   format, lint, types, layers, dependencies
# make check-go  audits a log of ours with Go's sumdb (installs Go: 450 MB)
# make train-guards   trains the guards for intent, conduct and names again (three to four hours)
# make bench   measures this checkout, small and rough, by every bench that needs nothing from outside (20 minutes at most)
# make locale  compiles what click says in Japanese
# make clean   removes what the above made; the state in .sekisho/ stays

SHELL := /bin/sh
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:

# Debian's own Python first, where it can make environments: it is built with optimisations that others often lack,
# which makes the checkpoint about a fifth faster.
PYTHON ?= $(shell for one in /usr/bin/python3.11 python3.11 python3; do \
	"$$one" -c 'import venv, ensurepip' 2>/dev/null && { command -v "$$one"; exit; }; done; \
	command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
QUIET := --quiet --root-user-action=ignore

AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT := $(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0
# $(call apt,packages): Debian's packages, without their recommendations; the list of packages is renewed first.
apt = { $(APT) update && $(APT) install -y --no-install-recommends $(1) >/dev/null; }

VENV_PACKAGE = $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')

.PHONY: run setup model test check check-go train-guards bench locale clean openmp browser postgres token bench-tools

run: setup
	@exec $(BIN)/sekisho serve

setup: $(VENV)/ready-to-run model

# By free memory, before anything large is got. Does nothing when the model is there.
model: $(VENV)/ready-to-run openmp
	@[ -e $(VENV)/model-asked ] || echo '[3/3] A language model, to try things / 試すための言語モデルを入れます'
	@$(BIN)/sekisho model install
	@touch $(VENV)/model-asked

test: $(VENV)/ready-to-test openmp browser postgres token
	@$(BIN)/sekisho model install small
	@$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/ready-to-test
	$(BIN)/ruff format --check src tests bench training
	$(BIN)/ruff check src tests bench training
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/deptry src

# Whoever changes sekisho.po runs this and commits both.
LOCALE := src/sekisho/cli/locale/ja/LC_MESSAGES/sekisho
locale:
	@command -v msgfmt >/dev/null || $(call apt,gettext)
	msgfmt --output-file=$(LOCALE).mo $(LOCALE).po

# A log of ours before others' eyes: golang.org/x/mod/sumdb. Not part of `make test`, since Go takes 450 MB.
check-go: $(VENV)/ready-to-test
	@{ command -v go && test -d /usr/share/gocode/src/golang.org/x/mod/sumdb; } >/dev/null \
		|| $(call apt,golang-go golang-golang-x-mod-dev)
	@$(BIN)/python tests/go/check.py

# Makes the weights of the guards `intent`, `conduct` and `names` and of drawn letters again, from training/. The same data give the same
# weights, but for the encoders (training/encoder.py, names_reader.py), which need a C compiler.
train-guards: $(VENV)/ready-to-test
	@$(PIP) install $(QUIET) --group training
	@for one in train conduct task encoder curves names_words names_romaji names_japanese names_reader conditions_japanese names_latin_weights conditions_weights drawn; \
		do $(BIN)/python training/$$one.py || exit 1; done

bench: $(VENV)/ready-to-test openmp bench-tools
	@$(BIN)/sekisho model install small
	@$(BIN)/python bench/all.py

clean:
	rm -rf $(VENV) .bench .hypothesis .pytest_cache .ruff_cache .import_linter_cache .coverage dist
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# A virtual environment with a pip that knows dependency groups (25.1). Debian keeps venv in a package of its own.
$(VENV)/made:
	@[ -n "$(PYTHON)" ] && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Sekisho needs Python 3.11 or newer. Python 3.11以上が必要です。' >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo '[1/3] python3-venv'; $(call apt,$(VENV_PACKAGE)); }
	@echo '[1/3] Python environment in $(VENV) / Pythonの環境を作ります'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install $(QUIET) 'pip>=25.1'
	@touch $@

$(VENV)/ready-to-run: pyproject.toml | $(VENV)/made
	@echo '[2/3] Sekisho and what it needs / Sekishoと必要なものを入れます'
	@$(PIP) install $(QUIET) --editable '.[embedded,names,meaning,media]'
	@touch $@

$(VENV)/ready-to-test: pyproject.toml | $(VENV)/made
	@$(PIP) install $(QUIET) --editable '.[embedded,otel]' --group dev
	@touch $@ $(VENV)/ready-to-run

# The library of threads that llama.cpp is linked with; small Debian systems come without it.
openmp:
	@[ "$$(uname)" != Linux ] || $(PYTHON) -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null \
		|| $(call apt,libgomp1)

# Chromium, its driver and a Japanese font, for the tests of the pages; curl for those of the documents.
browser:
	@{ command -v curl && command -v chromium && command -v chromedriver && command -v fc-list && fc-list :lang=ja | grep . ; } >/dev/null \
		|| $(call apt,curl chromium chromium-driver fontconfig fonts-noto-cjk)

# A token in software, for signing keys by PKCS#11.
token:
	@command -v softhsm2-util >/dev/null || $(call apt,softhsm2)

# The server's programs; each test run starts a private one in a temporary directory.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || $(call apt,postgresql)

# Only what is missing: a nodejs that brings its own npm conflicts with Debian's.
bench-tools:
	@PATH="$$PATH:/usr/sbin"; \
	missing=$$(for one in nginx:nginx-light wrk:wrk npm:npm; do \
		command -v $${one%:*} >/dev/null || echo $${one#*:}; done); \
	[ -z "$$missing" ] || $(call apt,$$missing)
