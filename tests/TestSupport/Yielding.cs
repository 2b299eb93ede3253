namespace TestSupport;

/// <summary>For what must not happen: lets run what is ready to.</summary>
/// <remarks>Where the code is right nothing depends on how long that takes; where it is wrong it shows nearly always.</remarks>
public static class Yielding
{
    private const int Times = 1_000;

    /// <summary>Gives way to whoever can go on.</summary>
    public static async Task ToOthersAsync()
    {
        for (var i = 0; i < Times; i++)
        {
            await Task.Yield();
        }
    }
}
