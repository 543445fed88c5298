/* VOX_TILE input windows ("patches") side by side, and their products with one row of weights.
 *
 * A patch is K int8 values, padded to `row`, a multiple of 4, with values whose weights are zero. How a tile is stored is
 * the business of the rooms; VOX_TILE_BYTES(row) are set aside for it. Each has
 *
 *   vox_tile_cursor    where the next value of a patch goes
 *   vox_tile_open      the start of patch `index`; patches are written in the order of their indices
 *   vox_tile_put       appends `count` values
 *   vox_tile_repeat    appends one value `count` times
 *   vox_tile_take_rows  a whole patch from rows inside the input; false: not of this shape, nothing is written
 *   vox_tile_close     after the last value of patch `index`
 *   vox_tile_take      a whole patch from an input pixel of exactly `row` channels
 *   vox_tile_pad       zeros behind the K values of all patches, once, before the first is opened
 *   vox_tile_multiply  sums[i] = bias + patch i . weights
 *   VOX_TILE_IS_INPUT  1: consecutive input pixels of `row` channels are a tile already
 */
#ifndef VOX_NN_TILE_H
#define VOX_NN_TILE_H

#include "nn/ops.h"
#include "nn/target.h"

#define VOX_TILE_BYTES(row) ((uint64_t)(row) * (2u * VOX_TILE + 1u))

#if VOX_TILE_ROOM == VOX_ROOM_MVE
#include "nn/mve/tile.h"
#elif VOX_TILE_ROOM == VOX_ROOM_DSP
#include "nn/dsp/tile.h"
#elif VOX_TILE_ROOM == VOX_ROOM_PACKED
#include "nn/packed/tile.h"
#else
#include "nn/plain/tile.h"
#endif

#endif
