using System.Text.Json.Nodes;

namespace TestSupport;

/// <summary>The claims of a projected service-account token, as an API server writes them.</summary>
public static class TestClaims
{
    public const string Issuer = "https://kubernetes.default.svc.cluster.local";

    public static JsonObject Of(DateTimeOffset now, string ns = "shop", string account = "cart") => new()
    {
        ["iss"] = Issuer,
        ["sub"] = $"system:serviceaccount:{ns}:{account}",
        ["aud"] = new JsonArray("istio-ca"),
        ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
        ["nbf"] = now.ToUnixTimeSeconds(),
        ["iat"] = now.ToUnixTimeSeconds(),
        ["jti"] = "11111111-2222-3333-4444-555555555555",
        ["kubernetes.io"] = new JsonObject
        {
            ["namespace"] = ns,
            ["serviceaccount"] = new JsonObject { ["name"] = account, ["uid"] = "0a0a" },
            ["pod"] = new JsonObject { ["name"] = "cart-5d4f-x7", ["uid"] = "0b0b" },
            ["node"] = new JsonObject { ["name"] = "node-1.example", ["uid"] = "0c0c" },
        },
    };
}
