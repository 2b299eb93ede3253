using Grpc.Core;
using MeshCA.Wire.Identity;

namespace MeshCA.Requesting;

/// <summary>Puts a state of the federated bundles together from the messages that it comes in.</summary>
internal sealed class FederatedParts
{
    /// <summary>Most bytes of a state.</summary>
    public const int MaxSize = 64 * 1024 * 1024;

    private readonly List<FederatedBundles> _parts = [];
    private long _size;

    /// <summary>Takes the next part.</summary>
    /// <param name="part">The part, as it came.</param>
    /// <returns>The whole state with the last part, else null.</returns>
    /// <exception cref="RpcException">The state is too large.</exception>
    public FederatedBundles? Add(FederatedBundles part)
    {
        _size += part.CalculateSize();
        if (_size > MaxSize)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, $"the federated bundles are larger than {MaxSize} bytes"));
        }

        _parts.Add(part);
        if (part.More)
        {
            return null;
        }

        var whole = new FederatedBundles { Bundles = { _parts.SelectMany(each => each.Bundles) } };
        _parts.Clear();
        _size = 0;
        return whole;
    }
}
