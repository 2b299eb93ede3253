using System.Numerics;
using AuthzEngine.Requests;
using Google.Protobuf.Collections;
using Attribute = MeshCA.Wire.Decision.V1.Attribute;

namespace MeshCA.Rpc.Decisions;

/// <summary>Attributes on the wire: each is numbered one above its bit.</summary>
internal static class WireAttributes
{
    /// <summary>Reads a list; numbers that mean nothing are a fault.</summary>
    public static bool TryRead(RepeatedField<Attribute> list, out AttributeKinds kinds)
    {
        kinds = AttributeKinds.None;
        foreach (var attribute in list)
        {
            if (attribute == Attribute.Unspecified || !Enum.IsDefined(attribute))
            {
                return false;
            }

            kinds |= (AttributeKinds)(1 << ((int)attribute - 1));
        }

        return true;
    }

    /// <summary>Writes a list, in the order of its numbers.</summary>
    public static void Write(AttributeKinds kinds, RepeatedField<Attribute> list)
    {
        for (var rest = (uint)kinds; rest != 0; rest &= rest - 1)
        {
            list.Add((Attribute)(BitOperations.TrailingZeroCount(rest) + 1));
        }
    }
}
