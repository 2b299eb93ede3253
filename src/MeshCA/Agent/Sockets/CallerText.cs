using MeshCA.Texts;

namespace MeshCA.Agent.Sockets;

/// <summary>Text that callers wrote: bounded, and nothing that a terminal acts on.</summary>
internal static class CallerText
{
    private const int MaxLength = 256;

    /// <summary>What of it is shown and logged.</summary>
    /// <param name="text">The text; untrusted.</param>
    public static string Printable(string text) => PrintableText.Of(text, MaxLength);
}
