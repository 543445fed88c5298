# The rest of the image `firmware` for the RP2040: pico-sdk, microphone, pins, and the UF2. Included by
# firmware/CMakeLists.txt.
set(VOX_MICROPHONE "" CACHE STRING "adc, pdm or i2s; empty: as the board's file says")
vox_board_value(microphone adc microphone)
if(VOX_MICROPHONE)
  set(microphone ${VOX_MICROPHONE})
endif()
if(NOT microphone MATCHES "^(adc|pdm|i2s)$")
  message(FATAL_ERROR "There is no microphone '${microphone}': adc, pdm or i2s")
endif()
foreach(key microphone_shift adc_pin pdm_clock_pin pdm_data_pin i2s_clock_pin i2s_data_pin)
  vox_board_value(${key} 0 value)
  string(TOUPPER VOX_${key} name)
  target_compile_definitions(firmware PRIVATE ${name}=${value}u)
endforeach()

set(sdk pico_stdlib_headers pico_runtime pico_bootrom pico_standard_link pico_unique_id hardware_adc hardware_dma hardware_exception
        hardware_flash hardware_irq hardware_pio hardware_sync hardware_timer hardware_uart hardware_xip_cache tinyusb_device)
target_link_libraries(firmware PRIVATE ${sdk})
pico_set_printf_implementation(firmware none)
target_compile_definitions(
  firmware
  PRIVATE VOX_MICROPHONE=rp2040_${microphone} VOX_STACK_BYTES=${stack_bytes}u PICO_STACK_SIZE=4096 PICO_HEAP_SIZE=16
          PICO_TIME_DEFAULT_ALARM_POOL_DISABLED=1 PICO_RP2040_USB_DEVICE_ENUMERATION_FIX=1
          PICO_PANIC_FUNCTION=) # a panic stops at a breakpoint: nobody would hear its text, and printing takes stack
# The stand-in boot ROM of an emulator has no floating point; nothing here needs it.
foreach(part float double bit_ops mem_ops)
  cmake_language(CALL pico_set_${part}_implementation firmware compiler)
endforeach()

# pico-sdk's sources become part of this target: our warnings are for our files, and its headers are the system's.
set_target_properties(firmware PROPERTIES COMPILE_OPTIONS "" C_STANDARD 11 C_EXTENSIONS ON SUFFIX .elf)
# Nothing of it counts samples but the microphone; the library has a target of its own.
target_compile_options(firmware PRIVATE -ffunction-sections -fdata-sections -Os)
set(warnings -Wall -Wextra -Wconversion -Wno-unused-parameter -Werror)
set_source_files_properties(${sources} ${hal_sources} PROPERTIES COMPILE_OPTIONS "${warnings}")
set(microphone_sources ${hal_sources})
list(FILTER microphone_sources INCLUDE REGEX "/(adc|capture|dc|i2s|pdm|pdm_filter)\\.c$")
set_source_files_properties(${microphone_sources} PROPERTIES COMPILE_OPTIONS "${warnings};-O2")
# What the library does once a model or once a window.
file(GLOB seldom CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/firmware/vox/src/decision/*.c ${PROJECT_SOURCE_DIR}/firmware/vox/src/model/*.c
     ${PROJECT_SOURCE_DIR}/firmware/vox/src/program/*.c)
set_source_files_properties(${seldom} TARGET_DIRECTORY vox PROPERTIES COMPILE_OPTIONS -Os)
foreach(library ${sdk})
  target_include_directories(
    firmware SYSTEM PRIVATE $<TARGET_PROPERTY:${library},INTERFACE_INCLUDE_DIRECTORIES>)
endforeach()

# Two slots of flash, each with a sector for its header, lie behind the image.
vox_board_value(flash_kb 2048 flash_kb)
math(EXPR room "(${flash_kb} - 2 * (${model_slot_kb} + 4)) * 1024")
math(EXPR flash_bytes "${flash_kb} * 1024")
target_compile_definitions(firmware PRIVATE VOX_FLASH_BYTES=${flash_bytes}u)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(image ${CMAKE_BINARY_DIR}/vox-${board_name})
target_link_options(firmware PRIVATE -Wl,-Map=${image}.map)
add_custom_command(
  TARGET firmware POST_BUILD
  COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:firmware> ${image}.bin
  COMMAND ${Python3_EXECUTABLE} ${VOX_BOARDS_DIR}/cmake/uf2.py ${image}.bin ${image}.uf2 --address 0x10000000
          --family 0xe48bff56 --room ${room}
  BYPRODUCTS ${image}.bin ${image}.uf2 ${image}.map
  COMMENT "${image}.uf2"
  VERBATIM)
