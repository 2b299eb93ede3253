namespace AuthzEngine.Formats.Json;

/// <summary>Why a JSON text is not of the form that is read.</summary>
/// <param name="Field">Path of the member, such as <c>request.http.method</c>; empty: the text itself.</param>
/// <param name="Message">What is wrong: lower case, no period, input in backticks.</param>
public sealed record JsonFault(string Field, string Message)
{
    /// <summary>Prints both.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Field.Length == 0 ? Message : $"{Field}: {Message}";
}
