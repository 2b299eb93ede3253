using System.Text.Json.Nodes;

namespace TestSupport.Kubernetes;

/// <summary>A request that a <see cref="FakeApiServer"/> got.</summary>
public sealed record FakeApiRequest(string Method, string Path, IReadOnlyDictionary<string, string> Query)
{
    public string? ContentType { get; init; }

    public string? Authorization { get; init; }

    public string? Body { get; init; }

    /// <summary>Common name of the client's certificate.</summary>
    public string? ClientCertificate { get; init; }

    public bool IsWatch => Query.ContainsKey("watch");

    public JsonObject Json => JsonNode.Parse(Body!)!.AsObject();
}

/// <summary>What goes wrong with a request.</summary>
public abstract record FakeApiFault
{
    private FakeApiFault()
    {
    }

    /// <summary>The connection breaks.</summary>
    public sealed record Abort : FakeApiFault;

    /// <summary>Nothing comes until the caller gives up.</summary>
    public sealed record Silence : FakeApiFault;

    /// <summary>The server answers with an error.</summary>
    public sealed record Error(int Status, string Reason, int? RetryAfterSeconds = null) : FakeApiFault;

    /// <summary>The server answers 200 with other bytes.</summary>
    public sealed record Answer(string Body) : FakeApiFault;

    /// <summary>The test answers itself.</summary>
    public sealed record Custom(Func<Microsoft.AspNetCore.Http.HttpContext, Task> Write) : FakeApiFault;
}
