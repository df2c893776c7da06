# run: the window on the demo. watch: the same in the terminal. test: everything that must hold. bench: figures. lint: dependencies too. fuzz: readers against hostile bytes.
.PHONY: run watch test lint bench fuzz ui types clean

ui:
	npm run --prefix ui --silent build

run:
	@if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	  echo "There is no display here. \`make watch\` (mconsole watch) prints the same live data in this terminal."; \
	else \
	  scripts/bootstrap run && $(MAKE) --no-print-directory ui && \
	  cargo build --release -p mpanel-console -p mconsole && \
	  target/release/mconsole demo --dir target/demo --open target/release/mpanel-console; \
	fi

watch:
	scripts/bootstrap run
	cargo build --release -p mconsole
	target/release/mconsole demo --dir target/demo --watch

types:
	cargo test --quiet -p domain export_bindings

test:
	scripts/bootstrap test
	cargo fmt --all --check
	$(MAKE) --no-print-directory types
	@if [ -n "$$(git status --porcelain -- ui/src/api/generated)" ]; then \
	  git status --short -- ui/src/api/generated; \
	  echo "The generated types differ from what is committed: commit them."; exit 1; fi
	npm run --prefix ui --silent format:check
	npm run --prefix ui --silent check
	npm test --prefix ui --silent
	$(MAKE) --no-print-directory ui
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	cargo build --workspace --bins --quiet
	cargo nextest run --workspace

lint:
	scripts/bootstrap lint
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo machete
	cargo deny check bans licenses sources

bench:
	scripts/bootstrap bench
	cargo bench -p sources --bench prometheus
	cargo bench -p sources --bench logs
	cargo bench -p sources --bench statements
	cargo bench -p runtime --bench query_cache
	cargo bench -p sources --bench keyspace
	cargo bench -p analysis --bench fingerprint
	cargo bench -p analysis --bench n_plus_one
	cargo bench -p analysis --bench keyspace
	cargo bench -p history --bench history
	cargo bench -p history --bench flight_recorder
	cargo bench -p history --bench statements
	$(MAKE) --no-print-directory ui
	cargo build --release -p mpanel-console -p mconsole
	cargo bench -p tests --bench app
	cargo bench -p tests --bench replay
	cargo bench -p tests --bench index_advice

# Ten minutes for each reader of outside bytes.
fuzz:
	scripts/bootstrap fuzz
	for target in prometheus logs lexer explain chunk keyspace redis_info; do \
	  RUSTC_BOOTSTRAP=1 cargo fuzz run $$target --fuzz-dir tests/fuzz -- -max_total_time=600 || exit 1; \
	done

clean:
	rm -rf target gen ui/dist ui/node_modules
