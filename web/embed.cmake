# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
#
# cmake -D GZIP=… -D FILES=a;b -D OUT=dir -P embed.cmake
# Writes OUT/assets.S (each file raw and gzipped, by .incbin) and OUT/assets.c (the table). A file's name in the table
# is its path below OUT; a file from elsewhere has no folder.

set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_json "application/json")
set(type_txt "text/plain; charset=utf-8")

set(assembly "    .section .rodata\n")
set(symbols "")
set(rows "")
set(count 0)

# Adds the bytes of a file under a symbol. Their number is written into the table, as a constant.
function(embed symbol path)
  set(lines "    .global ${symbol}\n    .balign 16\n${symbol}:\n    .incbin \"${path}\"\n")
  set(assembly "${assembly}${lines}" PARENT_SCOPE)
  set(symbols "${symbols}extern const unsigned char ${symbol}[];\n" PARENT_SCOPE)
endfunction()

file(MAKE_DIRECTORY ${OUT})
foreach(path IN LISTS FILES)
  cmake_path(IS_PREFIX OUT ${path} made)
  if(made)
    cmake_path(RELATIVE_PATH path BASE_DIRECTORY ${OUT} OUTPUT_VARIABLE name)
  else()
    get_filename_component(name ${path} NAME)
  endif()
  get_filename_component(extension ${path} LAST_EXT)
  string(SUBSTRING "${extension}" 1 -1 extension)
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "${path}: embed.cmake knows no content type for .${extension}")
  endif()
  set(zipped ${OUT}/${name}.gz)
  execute_process(COMMAND ${GZIP} -9nc ${path} OUTPUT_FILE ${zipped} COMMAND_ERROR_IS_FATAL ANY)
  file(SHA256 ${path} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  file(SIZE ${path} size)
  file(SIZE ${zipped} zipped_size)
  embed(web_raw_${count} ${path})
  set(gzip_data NULL)
  if(zipped_size LESS size)
    embed(web_gzip_${count} ${zipped})
    set(gzip_data web_gzip_${count})
  else()
    set(zipped_size 0)
  endif()
  string(APPEND rows "    {.name = \"${name}\",\n     .type = \"${type_${extension}}\",\n"
         "     .etag = \"\\\"${hash}\\\"\",\n"
         "     .data = web_raw_${count},\n     .size = ${size},\n"
         "     .gzip_data = ${gzip_data},\n     .gzip_size = ${zipped_size}},\n")
  math(EXPR count "${count} + 1")
endforeach()

file(WRITE ${OUT}/assets.S "${assembly}    .section .note.GNU-stack,\"\",%progbits\n")
file(WRITE ${OUT}/assets.c
     "/* Made by web/embed.cmake. */\n#include \"edge/api/assets.h\"\n\n${symbols}\n"
     "const struct asset web_assets[] = {\n${rows}};\nconst size_t web_asset_count = ${count};\n")
