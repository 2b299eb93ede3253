namespace TestSupport;

/// <summary>For what must not happen: lets run what is ready to.</summary>
/// <remarks>Where the code is right nothing depends on how long that takes; where it is wrong it shows nearly always.</remarks>
public static class Yielding
{
    private const int Times = 100;

    /// <summary>Gives way to whoever can go on: each turn stands behind what was in the pool's queue before.</summary>
    public static async Task ToOthersAsync()
    {
        for (var i = 0; i < Times; i++)
        {
            await Task.Run(static () => { });
        }
    }
}
