using System.Text.Json;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Json;

/// <summary>Takes JSON over.</summary>
/// <param name="limits">How much.</param>
internal sealed class JsonConverter(ClaimLimits limits) : ClaimBudget(limits)
{
    /// <summary>Takes a value over.</summary>
    /// <param name="json">The value.</param>
    /// <param name="depth">Objects and lists that hold it, plus one.</param>
    /// <returns>The value; of no use once there is an error.</returns>
    public ClaimValue Convert(JsonElement json, int depth)
    {
        if (!TryTake(json.ValueKind is JsonValueKind.Object or JsonValueKind.Array, depth))
        {
            return new ClaimValue.Null();
        }

        return json.ValueKind switch
        {
            JsonValueKind.Object => Members(json, depth),
            JsonValueKind.Array => Items(json, depth),
            JsonValueKind.String => TextOf(json) is { } text ? new ClaimValue.Text(text) : Refuse(ClaimsError.Malformed),
            JsonValueKind.Number => new ClaimValue.Number(json.GetRawText()),
            JsonValueKind.True or JsonValueKind.False => new ClaimValue.Boolean(json.ValueKind == JsonValueKind.True),
            _ => new ClaimValue.Null(),
        };
    }

    private ClaimValue.Struct Members(JsonElement json, int depth)
    {
        var members = new Dictionary<string, ClaimValue>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            var name = NameOf(member);
            if (name is null || !members.TryAdd(name, Convert(member.Value, depth + 1)))
            {
                Refuse(name is null ? ClaimsError.Malformed : ClaimsError.DuplicateMember);
            }

            if (Error != ClaimsError.None)
            {
                break;
            }
        }

        return new(members);
    }

    private ClaimValue.List Items(JsonElement json, int depth)
    {
        var items = new List<ClaimValue>();
        foreach (var item in json.EnumerateArray())
        {
            items.Add(Convert(item, depth + 1));
            if (Error != ClaimsError.None)
            {
                break;
            }
        }

        return new(items);
    }

    // System.Text.Json finds lone surrogates only when the text is asked for.
    private static string? TextOf(JsonElement json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
