@echo off
rem Prepares tools and packages, then hands over to FAKE:   build [Target]
setlocal enabledelayedexpansion
cd /d "%~dp0"
dotnet tool restore > nul || exit /b 1
set packages=
for /f "tokens=1,2 delims=() " %%a in ('findstr /r /c:"^    [A-Za-z]" paket.lock ^| findstr /v /c:"      "') do (
    if not exist "feed\%%a\%%b" set packages=!packages! %%a@%%b
)
if defined packages dotnet package download %packages% --output feed --verbosity quiet > nul || exit /b 1
dotnet paket restore > nul || exit /b 1
if "%~1"=="" (dotnet fsi --quiet build.fsx) else (dotnet fsi --quiet build.fsx -t %*)
