# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
#
# cmake -D SOURCE=dir -D OUT=dir -D VERSION=0.1.0 -P version.cmake
# Writes OUT/version.c (the definitions of common/process/version.h) if it changes, OUT/version.stamp always, and
# OUT/version.d, which makes the build run this again after a commit or a checkout. Without git, or outside
# of a git working tree, the commit is unknown: that is not an error.

cmake_minimum_required(VERSION 3.25)

# Variables of a git hook name another repository or index.
unset(ENV{GIT_DIR})
unset(ENV{GIT_WORK_TREE})
unset(ENV{GIT_INDEX_FILE})

# Sets `out` to the output of a git command in SOURCE, or to "" if it fails.
function(git out)
  execute_process(COMMAND git --no-optional-locks -C ${SOURCE} ${ARGN} OUTPUT_VARIABLE text
                  RESULT_VARIABLE result ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT result STREQUAL "0")
    set(text "")
  endif()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

set(commit "")
set(watched "")
git(top rev-parse --show-toplevel)
file(REAL_PATH "${SOURCE}" source)
if(top STREQUAL source) # not a tarball unpacked inside somebody else's repository
  git(commit rev-parse --short=7 HEAD)
  git(branch symbolic-ref -q HEAD)
  foreach(name HEAD logs/HEAD packed-refs ${branch})
    git(path rev-parse --git-path ${name})
    cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY ${SOURCE})
    if(EXISTS "${path}")
      string(REPLACE " " "\\ " path "${path}")
      string(APPEND watched " ${path}")
    endif()
  endforeach()
endif()
if(commit)
  git(changed status --porcelain -- common broker edge web/dist web/docs web/openapi web/src/theme.css
      deploy/docs CMakeLists.txt)
  if(changed)
    string(APPEND commit -dirty)
  endif()
  set(text "${VERSION} (${commit})")
else()
  set(text "${VERSION}")
endif()

file(CONFIGURE OUTPUT ${OUT}/version.c @ONLY CONTENT
"/* Made by common/process/version.cmake. */
#include \"common/process/version.h\"

const char version_number[] = \"@VERSION@\";
const char version_commit[] = \"@commit@\";
const char version_text[] = \"@text@\";
")
file(WRITE ${OUT}/version.d "${OUT}/version.stamp:${watched}\n")
file(TOUCH ${OUT}/version.stamp)
