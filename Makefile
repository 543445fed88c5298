# Entry points. Everything else is `vox-embed --help`, cmake, pio and pytest.
.PHONY: site web setup demo test test-full fuzz lint coverage bench micropython clean

setup:            ## system packages, .venv, native module; leaves .venv/bin/vox-embed
	@tools/setup.sh

demo: setup       ## synthesise commands, train, evaluate, export, run in an emulated Cortex-M4, listen live
	@tools/demo.sh

test: setup       ## everything CI runs
	@tools/test.sh

test-full: setup  ## the same with whole matrices, a million inputs to each fuzzer, and every model trained anew (VOX_DATA)
	@tools/test.sh --full

fuzz: setup       ## every fuzzer at length (VOX_FUZZ_RUNS, VOX_FUZZ_EXAMPLES, VOX_FUZZ_CASES)
	@tools/fuzz.sh

lint: setup       ## formatters, linters, type checker
	@tools/lint.sh

coverage: setup   ## which lines the tests reach, in Python and C: tests/coverage/table.csv
	@tools/coverage.sh

bench: setup      ## the figures in README and docs
	@bench/run.sh

micropython: setup ## rebuild the kept MicroPython modules from source (MPY_DIR); commit the result
	@micropython/build.sh

site: setup       ## the documents as a site: build/site/index.html
	@tools/site.sh

web: setup        ## rebuild the kept WebAssembly module from source; commit the result
	@tools/build_web.sh

clean:            ## build products; keeps .venv and results
	rm -rf build .pio
