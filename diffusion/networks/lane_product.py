"""Matrix products of many walkers at once.

Every lane computes the same product for its own walker, in code written for vector registers.

Plain loops over lanes load each factor anew for every multiply-add, and reach a tenth of what the processor can do.
Here a tile of up to 4 x 4 results stays in registers while the sum runs, so eight loads feed sixteen multiply-adds.
LLVM does not find that by itself: the tile is written down in its own language.
"""

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from diffusion.jit import LANES, OPTIONS

VECTOR = ir.VectorType(ir.DoubleType(), 8)  # processors with shorter registers take it in two pieces
WIDE = types.int64
# Tiles of 4 x 4 have 16 sums and 8 factors: 24 of the 32 registers of AVX-512. Smaller ones cover what is left at
# the borders of a matrix. Sizes 3 and 5 would save up to 4 % of a step, and take twice as long to compile.
SIZES = (4, 2, 1)


def _tile(height, width):
    """Return a function that computes one tile of results.

    The tile has ``height`` x ``width`` results in every lane.
    """

    @intrinsic
    def tile(typingctx, out, o, op, oq, start, s, sp, sq, a, i, ap, ar, b, k, bq, br, terms):
        def codegen(context, builder, sig, args):
            integer = context.get_value_type(WIDE)

            def lanes_of(number):
                data = context.make_array(sig.args[number])(context, builder, args[number]).data
                return builder.bitcast(data, VECTOR.as_pointer())

            def times(value, count):
                return builder.mul(value, integer(count))

            # An intrinsic gets its arguments as a flat tuple: an array, its first row and two
            # strides, four times.
            places = {
                name: lanes_of(number) for name, number in (("out", 0), ("start", 4), ("a", 8), ("b", 12))
            }
            first = {"out": args[1], "start": args[5], "a": args[9], "b": args[13]}
            steps = {"out": args[2:4], "start": args[6:8], "a": args[10:12], "b": args[14:16]}
            # Rows are counted in units of LANES numbers, addresses in vectors of 8.
            vectors = LANES // 8

            def address(name, one, other, lane):
                row = builder.add(first[name], builder.add(one, other))
                return builder.gep(places[name], [builder.add(times(row, vectors), lane)])

            def load(name, one, other, lane):
                # A slice of an array is only sure to be aligned to one double; a larger promise
                # could crash.
                return builder.load(address(name, one, other, lane), align=8)

            cells = [(p, q) for p in range(height) for q in range(width)]
            sums = {cell: cgutils.alloca_once(builder, VECTOR) for cell in cells}  # they become registers
            # The fused instruction is named, so every tile size rounds each term once and all agree
            # to the bit.
            three = ir.FunctionType(VECTOR, [VECTOR] * 3)
            fma = cgutils.get_or_insert_function(builder.module, three, "llvm.fma.v8f64")
            with cgutils.for_range(builder, integer(vectors)) as lanes:
                lane = lanes.index
                for p, q in cells:
                    there = times(steps["start"][0], p), times(steps["start"][1], q)
                    # Sums start from `start`: a bias or an earlier sum costs no pass of its own.
                    builder.store(load("start", *there, lane), sums[p, q])
                # height + width loads feed height * width multiply-adds, in the order of r.
                with cgutils.for_range(builder, args[16]) as loop:
                    ar, br = builder.mul(steps["a"][1], loop.index), builder.mul(steps["b"][1], loop.index)
                    left = [load("a", times(steps["a"][0], p), ar, lane) for p in range(height)]
                    right = [load("b", times(steps["b"][0], q), br, lane) for q in range(width)]
                    for p, q in cells:
                        builder.store(
                            builder.call(fma, [left[p], right[q], builder.load(sums[p, q])]), sums[p, q]
                        )
                for p, q in cells:
                    there = times(steps["out"][0], p), times(steps["out"][1], q)
                    builder.store(builder.load(sums[p, q]), address("out", *there, lane), align=8)
            return context.get_dummy_value()

        arrays = types.Array(types.float64, 1, "C")
        ok = all(arg == arrays for arg in (out, start, a, b))
        # For other arrays Numba then reports a type error; code for doubles would read wrong
        # memory.
        if not ok:
            return None
        ints = (WIDE, WIDE, WIDE)
        return types.void(arrays, *ints, arrays, *ints, arrays, *ints, arrays, *ints, WIDE), codegen

    return tile


def _tiles_of(height):
    """Return a function that computes ``height`` rows of results, ``width`` of 4, 2 or 1 numbers each."""
    four, two, one = (_tile(height, width) for width in SIZES)

    @njit(**OPTIONS)
    def tiles(width, out, o, op, oq, start, s, sp, sq, a, i, ap, ar, b, k, bq, br, terms):
        # Compiled code cannot look up an intrinsic in a table, so the choice is written out.
        if width == 4:
            four(out, o, op, oq, start, s, sp, sq, a, i, ap, ar, b, k, bq, br, terms)
        elif width == 2:
            two(out, o, op, oq, start, s, sp, sq, a, i, ap, ar, b, k, bq, br, terms)
        else:
            one(out, o, op, oq, start, s, sp, sq, a, i, ap, ar, b, k, bq, br, terms)

    return tiles


_FOUR, _TWO, _ONE = map(_tiles_of, SIZES)


@njit(**OPTIONS)
def _largest(left):
    """Return the largest size of a tile that covers no more than is left."""
    return 4 if left >= 4 else 2 if left >= 2 else 1


@njit(**OPTIONS)
def lane_product(height, width, terms, out, o, op, oq, start, s, sp, sq, a, i, ap, ar, b, k, bq, br):
    """Write a matrix product in every lane.

    ``out[p, q] = start[p, q] + sum_r a[p, r] b[q, r]`` for p < height, q < width, r < terms.

    Each matrix is a flat array with the number of the row of ``LANES`` numbers at which it starts, and how many such
    rows apart its neighbours along either index are: row ``o + p * op + q * oq`` of ``out`` is out[p, q]. Sums run in
    the order of r, so that no number depends on the tiles.
    """
    p = 0
    while p < height:
        tall, q = _largest(height - p), 0
        while q < width:
            wide = _largest(width - q)
            oo, ss = o + p * op + q * oq, s + p * sp + q * sq
            aa, bb = i + p * ap, k + q * bq
            if tall == 4:
                _FOUR(wide, out, oo, op, oq, start, ss, sp, sq, a, aa, ap, ar, b, bb, bq, br, terms)
            elif tall == 2:
                _TWO(wide, out, oo, op, oq, start, ss, sp, sq, a, aa, ap, ar, b, bb, bq, br, terms)
            else:
                _ONE(wide, out, oo, op, oq, start, ss, sp, sq, a, aa, ap, ar, b, bb, bq, br, terms)
            q += wide
        p += tall
