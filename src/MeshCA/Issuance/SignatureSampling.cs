namespace MeshCA.Issuance;

/// <summary>Chooses the share of leaves whose new signature is verified before they leave: a faulty signature can betray the key.</summary>
/// <param name="share">0 to 1: none to all.</param>
internal sealed class SignatureSampling(double share)
{
    private const int Scale = 10_000;
    private readonly int _perScale = (int)Math.Round(Math.Clamp(share, 0, 1) * Scale);
    private uint _count;

    /// <summary>Whether the next one is to be verified. Evenly spread, so that a share of 0.1 means every tenth.</summary>
    public bool IsDue()
    {
        var n = unchecked(Interlocked.Increment(ref _count)) % Scale;
        return (n + 1) * _perScale / Scale != n * _perScale / Scale;
    }
}
