using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SpiffeIdentity.Json;

/// <summary>JSON in one form on every platform: its bytes are compared and hashed for ETags.</summary>
internal static class StableJson
{
    // Base64 needs no escapes here, since the document is never put into HTML.
    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a document.</summary>
    /// <param name="write">Writes it.</param>
    /// <returns>UTF-8.</returns>
    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            write(json);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
