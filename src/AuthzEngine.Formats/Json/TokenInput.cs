using System.Diagnostics;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Json;

/// <summary>The token of a request in JSON.</summary>
/// <param name="State">What became of it.</param>
/// <param name="Claims">Its payload; null unless it is verified.</param>
internal readonly record struct TokenInput(TokenState State, ClaimValue.Struct? Claims)
{
    private static readonly string[] Registered = ["iss", "sub", "aud", "azp"];

    private static readonly Dictionary<string, TokenState> States = new()
    {
        ["verified"] = TokenState.Verified,
        ["invalid"] = TokenState.Invalid,
        ["audience_refused"] = TokenState.AudienceRefused,
    };

    /// <summary>Reads it: verified where it does not say otherwise.</summary>
    public static TokenInput Read(JsonMembers? token)
    {
        if (token is null)
        {
            return default;
        }

        var state = token.Choice("state", States) ?? TokenState.Verified;
        return new(state, state == TokenState.Verified ? new(Payload(token)) : null);
    }

    /// <summary>Names a state, as <see cref="Read"/> reads it.</summary>
    public static string NameOf(TokenState state) => States.First(pair => pair.Value == state).Key;

    /// <summary>Says why a payload is refused.</summary>
    public static string Describe(ClaimsError error) => error switch
    {
        ClaimsError.TooLong => "the text is too long",
        ClaimsError.Malformed => "the text is no Unicode",
        ClaimsError.NotAnObject => "an object is wanted",
        ClaimsError.TooDeep => "there is too much nesting",
        ClaimsError.TooManyValues => "there are too many values",
        ClaimsError.DuplicateMember => "a member is given twice",
        _ => throw new UnreachableException(),
    };

    private static Dictionary<string, ClaimValue> Payload(JsonMembers token)
    {
        var payload = new Dictionary<string, ClaimValue>(StringComparer.Ordinal);
        if (token.TryTake("claims", out var json))
        {
            if (ClaimValues.TryConvert(json, new ClaimLimits(), out var claims, out var error))
            {
                payload = new(claims.Members, StringComparer.Ordinal);
            }
            else
            {
                token.Refuse("claims", Describe(error));
            }
        }

        foreach (var name in Registered)
        {
            if (token.TryTake(name, out var value))
            {
                var converter = new JsonConverter(new ClaimLimits());
                payload[name] = converter.Convert(value, depth: 2);
                if (converter.Error != ClaimsError.None)
                {
                    token.Refuse(name, Describe(converter.Error));
                }
            }
        }

        return payload;
    }
}
