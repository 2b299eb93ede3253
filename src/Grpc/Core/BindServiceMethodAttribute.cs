namespace Grpc.Core;

/// <summary>Says which static method lists the methods of a service base class.</summary>
/// <param name="bindType">The class with that method.</param>
/// <param name="bindMethodName">Its name.</param>
[AttributeUsage(AttributeTargets.Class)]
#pragma warning disable CA1813 // Open in the real library too.
public class BindServiceMethodAttribute(Type bindType, string bindMethodName) : Attribute
#pragma warning restore CA1813
{
    /// <summary>The class with the method.</summary>
    public Type BindType { get; } = bindType;

    /// <summary>The method's name.</summary>
    public string BindMethodName { get; } = bindMethodName;
}
