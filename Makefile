# Two commands set everything up on a fresh Debian 12: `make demo` and `make test`.
BUILD ?= build

.PHONY: all packages demo test bench clean

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

# Installs what debian-packages.txt names and the machine misses.
packages:
	@sh tests/packages.sh

$(BUILD)/build.ninja: | packages
	meson setup $(BUILD)

# The closed loop on this machine: simulated city, rendered cameras over RTSP, vision, optimizer, guard, lights.
demo: packages all
	$(BUILD)/daemon/greenwave-demo

# gcc, then clang with ASan and UBSan; every test in both.
test: packages
	sh tests/run.sh

bench: packages all
	sh tests/bench/run.sh $(BUILD)

clean:
	rm -rf $(BUILD) build-gcc build-clang out
