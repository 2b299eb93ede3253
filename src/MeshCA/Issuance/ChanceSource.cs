using System.Security.Cryptography;

namespace MeshCA.Issuance;

/// <summary>Numbers from 0 to below 1; a test gives its own.</summary>
/// <param name="next">Makes one.</param>
internal sealed class ChanceSource(Func<double> next)
{
    private const int Scale = 1 << 30;

    /// <summary>Chance itself: evenly spread, and nobody can tell the next.</summary>
    public static ChanceSource Random { get; } = new(static () => RandomNumberGenerator.GetInt32(Scale) / (double)Scale);

    /// <summary>The next number.</summary>
    public double Next() => next();
}
