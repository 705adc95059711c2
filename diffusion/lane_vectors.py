"""Rows of LANES numbers as vectors of the processor.

This is the code generation behind `diffusion.lane_loops`.

Each function here is an intrinsic: it writes LLVM's instructions itself, since the compiler does not turn loops over
rows into vector instructions. It would have to assume that what is written overwrites what is read.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from diffusion.jit import LANES

NUMBER = ir.DoubleType()
# Numbers in one vector. The compiler's own loops store four at a time on most machines; a wider load of what was just
# stored would wait until it has reached the cache.
WIDTH = 4
SHARES = LANES // WIDTH  # vectors in a row
VECTOR = ir.VectorType(NUMBER, WIDTH)
INDEX = ir.IntType(64)
SMALL, RAISED = 2.0**-900, 2.0**600  # sums of squares below are raised before one is divided by them
CONTRACT = ["contract"]  # as everywhere: multiply and add may become one rounding


def _all(number):
    return ir.Constant(VECTOR, [number] * WIDTH)


class _Rows:
    """Rows of arrays, as lists of vectors in generated code."""

    def __init__(self, context, builder, signature):
        self.context, self.builder, self.signature = context, builder, signature

    def base(self, array, k):
        """Return the address of argument ``k``, as vectors."""
        data = self.context.make_array(self.signature.args[k])(self.context, self.builder, array).data
        # Rows may be float32: draws are stored so, and widened only when they are loaded.
        lane = self.context.get_data_type(self.signature.args[k].dtype)
        return self.builder.bitcast(data, ir.VectorType(lane, WIDTH).as_pointer())

    def _places(self, base, j):
        first = self.builder.mul(j, INDEX(SHARES))
        return [self.builder.gep(base, [self.builder.add(first, INDEX(share))]) for share in range(SHARES)]

    def load(self, base, j):
        """Return row ``j`` in double precision."""
        # align=4 is what a float32 row guarantees; a larger promise could crash.
        row = [self.builder.load(place, align=4) for place in self._places(base, j)]
        # All arithmetic is in double precision, whatever the storage.
        return row if row[0].type == VECTOR else [self.builder.fpext(vector, VECTOR) for vector in row]

    def store(self, row, base, j):
        """Write row ``j``."""
        for vector, place in zip(row, self._places(base, j), strict=True):
            self.builder.store(vector, place, align=8)

    def repeat(self, row, base, count):
        """Write one row into all of them."""
        with cgutils.for_range(self.builder, count) as loop:
            self.store(row, base, loop.index)

    def times(self, x, y):
        """Return the product of two rows."""
        return [self.builder.fmul(a, b, flags=CONTRACT) for a, b in zip(x, y, strict=True)]

    def plus(self, x, y):
        """Return the sum of two rows."""
        return [self.builder.fadd(a, b, flags=CONTRACT) for a, b in zip(x, y, strict=True)]

    def everywhere(self, number):
        """Return a row with one number in every lane."""
        lane = self.builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        return [self.builder.shuffle_vector(lane, lane, zeros)] * SHARES

    def folded(self, count, fold):
        """Fold all rows into one, starting from zeros.

        ``fold(total, j)`` is called for j = 0, 1, ...
        """
        builder = self.builder
        # Stack places that the compiler turns into registers.
        totals = [cgutils.alloca_once(builder, VECTOR) for _ in range(SHARES)]
        for total in totals:
            builder.store(_all(0.0), total)
        with cgutils.for_range(builder, count) as loop:
            now = fold([builder.load(total) for total in totals], loop.index)
            for vector, total in zip(now, totals, strict=True):
                builder.store(vector, total)
        return [builder.load(total) for total in totals]

    def sum(self, count, term):
        """Return the sum of ``term(j)``, in the order of j."""
        return self.folded(count, lambda total, j: self.plus(total, term(j)))


def _code(write):
    """Return the code generator of an intrinsic.

    It calls ``write(rows, *addresses, *others)``: arrays come first.
    """

    def codegen(context, builder, signature, args):
        rows = _Rows(context, builder, signature)
        arrays = [k for k, kind in enumerate(signature.args) if isinstance(kind, types.Array)]
        others = [args[k] for k in range(len(args)) if k not in arrays]
        write(rows, *(rows.base(args[k], k) for k in arrays), *others)
        return context.get_dummy_value()

    return codegen


@intrinsic
def sum_rows(typingctx, x, out, count):
    """Write the sums over ``count`` coordinates."""

    def write(rows, x, out, count):
        rows.repeat(rows.sum(count, lambda j: rows.load(x, j)), out, count)

    return types.void(x, out, count), _code(write)


@intrinsic
def dot_rows(typingctx, x, y, out, count):
    """Write the sums of products."""

    def write(rows, x, y, out, count):
        products = rows.sum(count, lambda j: rows.times(rows.load(x, j), rows.load(y, j)))
        rows.repeat(products, out, count)

    return types.void(x, y, out, count), _code(write)


@intrinsic
def norm_rows(typingctx, x, out, share, count):
    """Write the root of a share of the sum of squares."""

    def write(rows, x, out, share, count):
        module, name = rows.builder.module, f"llvm.sqrt.v{WIDTH}f64"
        # Declared once in a module: a second declaration of one name is an error.
        root = module.globals.get(name) or ir.Function(module, ir.FunctionType(VECTOR, [VECTOR]), name)
        squares = rows.sum(count, lambda j: rows.times(rows.load(x, j), rows.load(x, j)))
        squares = rows.times(squares, rows.everywhere(share))
        rows.repeat([rows.builder.call(root, [vector]) for vector in squares], out, count)

    return types.void(x, out, share, count), _code(write)


@intrinsic
def largest_rows(typingctx, x, out, count):
    """Write the largest sizes."""

    def write(rows, x, out, count):
        builder = rows.builder

        def larger(most, number):
            size = builder.select(builder.fcmp_ordered("<", number, _all(0.0)), builder.fneg(number), number)
            # NaN counts as largest: it replaces a number, with which it does not compare, and is never replaced
            more, lost = builder.fcmp_ordered(">=", most, size), builder.fcmp_unordered("uno", most, most)
            # Comparisons and selections: LLVM's maxnum would drop a NaN.
            return builder.select(builder.or_(more, lost), most, size)

        def fold(total, j):
            return [larger(most, number) for most, number in zip(total, rows.load(x, j), strict=True)]

        rows.repeat(rows.folded(count, fold), out, count)

    return types.void(x, out, count), _code(write)


@intrinsic
def copy_first_row(typingctx, out, count):
    """Write the first row into every row."""

    def write(rows, out, count):
        rows.repeat(rows.load(out, INDEX(0)), out, count)

    return types.void(out, count), _code(write)


@intrinsic
def ratio_rows(typingctx, v, ratio, dim, count):
    """Write v over its mean; 1 if all are zero.

    ``dim`` is ``count`` in floating point.
    """

    def write(rows, v, ratio, dim, count):
        builder = rows.builder
        raised, scale, undefined = [], [], []
        for total, n in zip(rows.sum(count, lambda j: rows.load(v, j)), rows.everywhere(dim), strict=True):
            # one over a subnormal sum is infinite: raise both first
            small, some = (
                builder.fcmp_ordered("<", total, _all(SMALL)),
                builder.fcmp_ordered(">", total, _all(0.0)),
            )
            none = builder.fcmp_ordered("<=", total, _all(0.0))
            raised.append(builder.select(small, _all(RAISED), _all(1.0)))
            inverse = builder.fdiv(n, builder.fmul(total, raised[-1]))
            scale.append(builder.select(some, inverse, _all(0.0)))
            undefined.append(builder.select(none, _all(1.0), _all(0.0)))
        with cgutils.for_range(builder, count) as loop:
            row = rows.times(rows.times(rows.load(v, loop.index), raised), scale)
            rows.store(rows.plus(row, undefined), ratio, loop.index)

    return types.void(v, ratio, dim, count), _code(write)


@intrinsic
def unbias_rows(typingctx, power, beta, factor, count):
    """Advance the powers and write their bias corrections.

    The first row of ``power`` is multiplied by ``beta``; 1 / (1 - power) is written.
    """

    def write(rows, power, factor, beta, count):
        builder = rows.builder
        powers, factors = [], []
        for now in rows.times(rows.load(power, INDEX(0)), rows.everywhere(beta)):
            # 1 - 1e-30 is 1: the floor changes no digit, and keeps slow subnormal numbers away
            powers.append(builder.select(builder.fcmp_ordered(">=", now, _all(1e-30)), now, _all(1e-30)))
            factors.append(builder.fdiv(_all(1.0), builder.fsub(_all(1.0), powers[-1])))
        rows.store(powers, power, INDEX(0))
        rows.repeat(factors, factor, count)

    return types.void(power, beta, factor, count), _code(write)


@intrinsic
def matrix_rows(typingctx, matrix, x, out, add, count):
    """Write or add the products of a matrix with x.

    They are added where ``add`` is not zero; x holds the vectors as columns.
    """

    def codegen(context, builder, signature, args):
        rows = _Rows(context, builder, signature)
        entries = context.make_array(signature.args[0])(context, builder, args[0]).data
        x, out, add, count = rows.base(args[1], 1), rows.base(args[2], 2), args[3], args[4]
        with cgutils.for_range(builder, count) as outer:
            start = builder.gep(entries, [builder.mul(outer.index, count)])

            def product(k, start=start):
                entry = builder.load(builder.gep(start, [k]))
                return rows.times(rows.everywhere(entry), rows.load(x, k))

            total = rows.sum(count, product)
            # A selection instead of two functions: the extra addition costs nothing beside the
            # product.
            wanted = builder.icmp_signed("!=", add, add.type(0))
            both = zip(rows.plus(rows.load(out, outer.index), total), total, strict=True)
            rows.store([builder.select(wanted, more, one) for more, one in both], out, outer.index)
        return context.get_dummy_value()

    return types.void(matrix, x, out, add, count), codegen
