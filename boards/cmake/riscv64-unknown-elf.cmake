# Toolchain of the bare-metal RISC-V boards.
set(vox_default_compiler riscv64-unknown-elf-)
include("${CMAKE_CURRENT_LIST_DIR}/bare_metal.cmake")
set(CMAKE_SYSTEM_PROCESSOR riscv)
