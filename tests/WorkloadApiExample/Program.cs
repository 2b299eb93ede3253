namespace WorkloadApiExample;

/// <summary>Runs one of the two examples, or both as one workload.</summary>
internal static class Program
{
    private static Task Main(string[] args) => args[0] switch
    {
        "server" => Server.RunAsync(args),
        "client" => Client.RunAsync(args[1]),
        "app" => App.RunAsync(args[1], args[2], args[3]),
        _ => throw new ArgumentException("server, client or app"),
    };
}
