using AuthzEngine.Requests;
using Google.Protobuf.Collections;
using MeshCA.Decisions;
using MeshCA.Wire.Decision.V1;

namespace MeshCA.Rpc.Decisions;

/// <summary>The headers of a question where they are.</summary>
/// <param name="headers">Lines in order.</param>
internal sealed class QuestionHeaders(RepeatedField<Header> headers) : IMeasuredHeaders
{
    /// <inheritdoc />
    public long HeldBytes => headers.Sum(header => HeldSize.OfHeader(header.Name, header.Value));

    /// <inheritdoc />
    public HeaderLines Find(string name)
    {
        List<string>? lines = null;
        foreach (var header in headers)
        {
            if (string.Equals(header.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                (lines ??= []).Add(header.Value);
            }
        }

        return lines is null ? default : new(lines);
    }
}
