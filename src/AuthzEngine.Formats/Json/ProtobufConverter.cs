using System.Globalization;
using AuthzEngine.Requests;
using Google.Protobuf.WellKnownTypes;

namespace AuthzEngine.Formats.Json;

/// <summary>Takes protobuf values over.</summary>
/// <param name="limits">How much.</param>
internal sealed class ProtobufConverter(ClaimLimits limits) : ClaimBudget(limits)
{
    /// <summary>Takes a Struct over.</summary>
    /// <param name="message">The Struct.</param>
    /// <param name="depth">Objects and lists that hold it, plus one.</param>
    /// <returns>The value; of no use once there is an error.</returns>
    public ClaimValue Convert(Struct message, int depth)
    {
        var members = new Dictionary<string, ClaimValue>(message.Fields.Count, StringComparer.Ordinal);
        if (TryTake(isContainer: true, depth))
        {
            foreach (var (name, value) in message.Fields)
            {
                members.Add(name, Convert(value, depth + 1)); // a protobuf map has a key once
                if (Error != ClaimsError.None)
                {
                    break;
                }
            }
        }

        return new ClaimValue.Struct(members);
    }

    private ClaimValue Convert(Value value, int depth) => value.KindCase switch
    {
        Value.KindOneofCase.StructValue => Convert(value.StructValue, depth),
        Value.KindOneofCase.ListValue => Convert(value.ListValue, depth),
        _ => TryTake(isContainer: false, depth) ? Leaf(value) : new ClaimValue.Null(),
    };

    private ClaimValue.List Convert(ListValue list, int depth)
    {
        var items = new List<ClaimValue>(list.Values.Count);
        if (TryTake(isContainer: true, depth))
        {
            foreach (var item in list.Values)
            {
                items.Add(Convert(item, depth + 1));
                if (Error != ClaimsError.None)
                {
                    break;
                }
            }
        }

        return new(items);
    }

    // A kind that is not set, or of a later version, is null: it matches no pattern, as Envoy has it. So is a number
    // that JSON cannot write, which a Value must not hold.
    private static ClaimValue Leaf(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue => new ClaimValue.Text(value.StringValue),
        Value.KindOneofCase.NumberValue when double.IsFinite(value.NumberValue) => new ClaimValue.Number(value.NumberValue.ToString("R", CultureInfo.InvariantCulture)),
        Value.KindOneofCase.BoolValue => new ClaimValue.Boolean(value.BoolValue),
        _ => new ClaimValue.Null(),
    };
}
