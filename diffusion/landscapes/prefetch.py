"""Prefetch rows of a data set into the cache."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def fetch_early(typingctx, samples, row):
    """Prefetch the first 16 numbers of a row.

    The data set is larger than the cache. The call does not wait for the memory.
    """

    def codegen(context, builder, sig, args):
        array = context.make_array(sig.args[0])(context, builder, args[0])
        # The row's address is computed in bytes from the array's own stride, so padded rows work
        # too.
        stride = builder.extract_value(array.strides, 0)
        place = builder.add(builder.ptrtoint(array.data, stride.type), builder.mul(args[1], stride))
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        signature = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], signature)
        # Sixteen doubles fill two cache lines of 64 bytes.
        for line in (0, 64):
            where = builder.inttoptr(builder.add(place, place.type(line)), byte)
            builder.call(prefetch, [where, word(0), word(3), word(1)])  # to read, keep near, data
        return context.get_dummy_value()

    return types.void(samples, types.int64), codegen
