using System.Text;
using AuthzEngine.Requests;
using MeshCA.Decisions;
using MeshCA.Wire.Envoy.Auth.V3;
using MeshCA.Wire.Envoy.Core.V3;

namespace MeshCA.Rpc.Authorization;

/// <summary>The headers of a CheckRequest where they are, in either of its forms; authorization-policy §9.</summary>
/// <param name="http">The request.</param>
/// <param name="joinedIsExact">Whether rules match joined lines, so that the joined form loses nothing.</param>
internal sealed class CheckHeaders(AttributeContext.Types.HttpRequest http, bool joinedIsExact) : IUncertainHeaders, IMeasuredHeaders
{
    private const string Scheme = ":scheme";
    private const string ForwardedFor = "x-forwarded-for";

    /// <inheritdoc />
    public bool WasUncertain { get; private set; }

    /// <inheritdoc />
    public long HeldBytes => http.Headers.Sum(header => HeldSize.OfHeader(header.Key, header.Value))
        + (http.HeaderMap?.Headers.Sum(header => HeldSize.OfHeader(header.Key, header.Value) + header.RawValue.Length) ?? 0);

    /// <inheritdoc />
    public HeaderLines Find(string name)
    {
        if (http.HeaderMap is { } map)
        {
            return FindRaw(map, name);
        }

        if (!http.Headers.TryGetValue(name, out var value))
        {
            return name == Scheme && http.Scheme.Length > 0 ? new(http.Scheme) : default;
        }

        WasUncertain |= !joinedIsExact && value.Contains(',', StringComparison.Ordinal);
        return new(value);
    }

    /// <summary>The list of addresses that proxies wrote; null without one. Joined it says the same as in lines.</summary>
    public string? ForwardedAddresses()
    {
        if (http.HeaderMap is { } map)
        {
            var lines = FindRaw(map, ForwardedFor);
            return lines.Count == 0 ? null : lines.Join();
        }

        return http.Headers.TryGetValue(ForwardedFor, out var value) ? value : null;
    }

    private static HeaderLines FindRaw(HeaderMap map, string name)
    {
        string? first = null;
        List<string>? all = null;
        foreach (var header in map.Headers)
        {
            if (!string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var value = ValueOf(header);
            if (first is null)
            {
                first = value;
            }
            else
            {
                (all ??= [first]).Add(value);
            }
        }

        return all is not null ? new(all) : first is not null ? new(first) : default;
    }

    // Bytes that are no UTF-8 become U+FFFD: they match no text that a policy can hold, and presence stays what it is.
    private static string ValueOf(HeaderValue header) =>
        header.RawValue.IsEmpty ? header.Value : Encoding.UTF8.GetString(header.RawValue.Span);
}
