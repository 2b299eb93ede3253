#pragma warning disable IDE0130 // The rule looks for public types of this namespace.
namespace MeshCA.Planted;

public sealed class Shown
{
    public const int Limit = 3;

    public string Name { get; } = "";

    internal static int Hidden => 1;
}
