# cmake -DMODEL=x.vxm -DOUTPUT=builtin_model.c -P embed_model.cmake
# Writes the model's bytes as a C array, 8-byte aligned so that the model runs in place. Without MODEL, and of an empty file: none.
set(bytes "0")
set(size 0)
if(MODEL)
  file(READ "${MODEL}" hex HEX)
  file(SIZE "${MODEL}" size)
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  if(size GREATER 0)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  endif()
endif()
file(WRITE "${OUTPUT}" "#include <stdint.h>

#include \"builtin_model.h\"

const uint32_t app_builtin_model_size = ${size};
__attribute__((aligned(8))) const uint8_t app_builtin_model[] = {
${bytes}
};
")
